import type * as z from 'zod';
import type { Catalogue, NewDataOf } from './messages.ts';

// TypeScript does not look for excess fields in what an arrow function returns. These types do it for the rows of the tables.

/**
 * `G` as it may stand where a `W` is wanted: a field that no `W` has gets a text for a type, which is the error's last line.
 * What is checked is the literal that a row returns, to its leaves; a variable of the declared type stays as it is.
 */
export type Exact<G, W, What extends string> =
  IsOpen<G, W> extends true
    ? G
    : G extends Leaf
      ? G
      : G extends readonly unknown[]
        ? { readonly [I in keyof G]: Exact<G[I], ItemOf<W>, What> }
        : { readonly [K in keyof G]: K extends KeyOf<Structure<W>> ? Exact<G[K], FieldOf<Structure<W>, K>, What> : NoField<K, What> };

/** What a row has to answer where a `W` is wanted and it answers a `G`. */
export type Fitting<G, W, What extends string> = [G] extends [W] ? Exact<G, W, What> : W;

/** A message with nothing in its data that its schema does not name. */
export type ExactMessage<G, C extends Catalogue> = G extends { readonly type: infer T extends keyof C & string; readonly data: infer Data }
  ? { readonly type: T; readonly data: Exact<Data, NewDataOf<z.output<C[T]>>, `the data of '${T}'`> }
  : G;

/** Each row of a table with what it may answer. A row that the table may not have gets a text for a type, too. */
export type Rows<V, Names extends string, Answers extends Readonly<Record<keyof V, unknown>>, What extends string> = {
  readonly [T in keyof V]: T extends Names ? Answering<V[T], Answers[T]> : `'${T & string}' is not ${What}`;
};

/** The function, with this answer. */
export type Answering<F, A> = F extends (...told: infer P) => unknown ? (...told: P) => A : F;

/** What a row answers. */
export type AnswerOf<F> = F extends (...told: never[]) => infer R ? R : never;

/**
 * Has the compiler keep `'placed'` for what it is in a row without parameters, whose answer it looks at before it knows the state:
 * a type parameter of this kind is what makes it do so.
 */
export type Literals<L extends Literal> = L | { readonly [field: string]: Literals<L> } | readonly Literals<L>[];
export type Literal = string | number | boolean | null | undefined;

/** What a field has to be that may not stand there: nothing is, and the error shows the text. */
export interface Wrong<Text extends string> {
  readonly wrong: Text;
}

type Leaf = string | number | boolean | bigint | symbol | null | undefined | ((...told: never[]) => unknown);
/** Where nothing can be in excess: `any`, `unknown`, and a variable of the declared type itself. */
type IsOpen<G, W> = 0 extends 1 & G ? true : unknown extends W ? true : [W] extends [G] ? true : false;
type Structure<W> = Exclude<W, Leaf>;
type KeyOf<W> = W extends unknown ? keyof W : never;
type FieldOf<W, K> = W extends unknown ? (K extends keyof W ? W[K] : never) : never;
type ItemOf<W> = W extends readonly (infer I)[] ? I : never;
type NoField<K, What extends string> = string extends K ? unknown : `'${K & string}' is no field of ${What}`;
