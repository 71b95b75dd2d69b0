/** Tools of the type tests: what does not hold does not compile. */

/** Whether two types are the same, `any` and modifiers included. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** `same<A>()<B>(…)` compiles if A and B are the same type. */
export function same<A, B>(..._proof: Equal<A, B> extends true ? [] : [differ: [A, B]]): void {}

/** Compiles if the value has exactly the type. Nothing is run: the calls of the type tests stand in functions that are not called. */
export function exactly<Expected>(): <Actual>(
  value: Actual,
  ..._proof: Equal<Actual, Expected> extends true ? [] : [differ: [Actual, Expected]]
) => void {
  return () => {};
}
