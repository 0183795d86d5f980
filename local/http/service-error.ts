/** An error of a service's, by the name that the SDK gives to its class. */
export class ServiceError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}
