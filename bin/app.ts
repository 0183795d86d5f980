import { serviceApp } from '../lib/service-app.ts';

await serviceApp('foldstream');
