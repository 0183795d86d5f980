import type * as z from 'zod';
import type { Catalogue, NewDataOf } from './messages.ts';

// TypeScript does not check the return value of an arrow function for excess fields. These types check it in the rows of the tables.

/**
 * `G` where a `W` is expected. A field that `W` does not have gets a text as its type, and the compiler shows that text in the error's last
 * line. The type checks the literal that a row returns, down to its leaves; a variable of the declared type stays as it is.
 */
export type Exact<G, W, What extends string> =
  IsOpen<G, W> extends true
    ? G
    : G extends Leaf
      ? G
      : G extends readonly unknown[]
        ? { readonly [I in keyof G]: Exact<G[I], ItemOf<W>, What> }
        : { readonly [K in keyof G]: K extends KeyOf<Structure<W>> ? Exact<G[K], FieldOf<Structure<W>, K>, What> : NoField<K, What> };

/** The return type that a row must have where a `W` is expected and the row returns a `G`. */
export type Fitting<G, W, What extends string> = [G] extends [W] ? Exact<G, W, What> : W;

/** A message whose data has only the fields that its schema names. */
export type ExactMessage<G, C extends Catalogue> = G extends { readonly type: infer T extends keyof C & string; readonly data: infer Data }
  ? { readonly type: T; readonly data: Exact<Data, NewDataOf<z.output<C[T]>>, `the data of '${T}'`> }
  : G;

/** The rows of a table, each with the return type that it must have. A row that the table cannot have gets a text as its type. */
export type Rows<V, Names extends string, Answers extends Readonly<Record<keyof V, unknown>>, What extends string> = {
  readonly [T in keyof V]: T extends Names ? Answering<V[T], Answers[T]> : `'${T & string}' is not ${What}`;
};

/** The function `F` with the return type `A`. */
export type Answering<F, A> = F extends (...told: infer P) => unknown ? (...told: P) => A : F;

/** The return type of a row. */
export type AnswerOf<F> = F extends (...told: never[]) => infer R ? R : never;

/**
 * Keeps the literal type `'placed'` in a row without parameters, instead of `string`. The compiler infers the return type of such a row
 * before it knows the state, and a type parameter of this kind prevents the widening.
 */
export type Literals<L extends Literal> = L | { readonly [field: string]: Literals<L> } | readonly Literals<L>[];
export type Literal = string | number | boolean | null | undefined;

/** The type of a field that must not be there. No value has this type, and the compiler's error shows the text. */
export interface Wrong<Text extends string> {
  readonly wrong: Text;
}

type Leaf = string | number | boolean | bigint | symbol | null | undefined | ((...told: never[]) => unknown);
/** Types that cannot have excess fields: `any`, `unknown`, and a variable of the declared type itself. */
type IsOpen<G, W> = 0 extends 1 & G ? true : unknown extends W ? true : [W] extends [G] ? true : false;
type Structure<W> = Exclude<W, Leaf>;
type KeyOf<W> = W extends unknown ? keyof W : never;
type FieldOf<W, K> = W extends unknown ? (K extends keyof W ? W[K] : never) : never;
type ItemOf<W> = W extends readonly (infer I)[] ? I : never;
type NoField<K, What extends string> = string extends K ? unknown : `'${K & string}' is no field of ${What}`;
