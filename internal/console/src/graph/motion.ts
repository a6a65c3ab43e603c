import { useStoreApi } from "@xyflow/react";
import { type RefObject, useCallback, useEffect, useRef } from "react";

/** sizeOf is how large the graph is seen. Text too small to be read is not drawn. */
function sizeOf(zoom: number): "full" | "small" | "tiny" {
  return zoom < 0.4 ? "tiny" : zoom < 0.55 ? "small" : "full";
}

/**
 * useMotion marks the graph's element with how large it is seen (`data-size`), and
 * while it pans or zooms (`data-moving`); the style sheet does the rest. The marks
 * are set on the element itself: no component is drawn anew for them. The size stays
 * what it was until the graph rests, because another one costs a layout of all nodes.
 */
export function useMotion(box: RefObject<HTMLDivElement | null>) {
  const store = useStoreApi();
  const moving = useRef(false);
  const measure = useCallback(() => {
    const size = sizeOf(store.getState().transform[2]);
    if (!moving.current && box.current && box.current.dataset.size !== size) box.current.dataset.size = size;
  }, [box, store]);
  useEffect(() => {
    measure();
    return store.subscribe(measure);
  }, [store, measure]);
  const onMoveStart = useCallback(() => {
    moving.current = true;
    if (box.current) box.current.dataset.moving = "";
  }, [box]);
  const onMoveEnd = useCallback(() => {
    moving.current = false;
    delete box.current?.dataset.moving;
    measure();
  }, [box, measure]);
  return { onMoveStart, onMoveEnd };
}
