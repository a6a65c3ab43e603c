import { useEffect, useState } from "react";

/** useDebounced is a value once it has been still for a while: searches wait for it. */
export function useDebounced<T>(value: T, ms = 200): T {
  const [still, setStill] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setStill(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return still;
}
