import { useStoreApi, type Viewport } from "@xyflow/react";
import { type RefObject, useCallback, useEffect, useRef } from "react";

/** sizeOf is how large the graph is seen. Text too small to be read is not drawn. */
function sizeOf(zoom: number): "full" | "small" | "tiny" {
  return zoom < 0.4 ? "tiny" : zoom < 0.55 ? "small" : "full";
}

/** clickDistance is how far the pointer may go between press and release of a click, in pixels. */
const clickDistance = 5;

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
  // A press on a node begins a movement, too; it is a click unless the graph goes somewhere.
  const from = useRef<Viewport>({ x: 0, y: 0, zoom: 1 });
  const onMoveStart = useCallback((_: unknown, at: Viewport) => {
    from.current = at;
  }, []);
  const onMove = useCallback(
    (_: unknown, at: Viewport) => {
      if (moving.current || (at.zoom === from.current.zoom && Math.hypot(at.x - from.current.x, at.y - from.current.y) < clickDistance)) return;
      moving.current = true;
      if (box.current) box.current.dataset.moving = "";
    },
    [box],
  );
  const onMoveEnd = useCallback(() => {
    moving.current = false;
    delete box.current?.dataset.moving;
    measure();
  }, [box, measure]);
  return { onMoveStart, onMove, onMoveEnd };
}
