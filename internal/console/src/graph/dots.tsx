import { useStoreApi } from "@xyflow/react";
import { useEffect, useRef } from "react";

/** Between two dots of the picture, in pixels, and how far that is stretched at least and at most. */
export const gap = 20;
const [least, most] = [0.8, 1.6];

export interface Placed {
  x: number;
  y: number;
  scale: number;
}

/**
 * dotsAt is where the picture of dots lies for a place and size of the graph. It
 * repeats itself, so it need never go further than one gap, nor be stretched by more
 * than two: beyond that every second dot is left out, or put in.
 */
export function dotsAt([x, y, zoom]: readonly [number, number, number]): Placed {
  let scale = zoom;
  while (scale < least) scale *= 2;
  while (scale >= most) scale /= 2;
  const step = gap * scale;
  const back = (n: number) => (((n % step) + step) % step) - step;
  return { x: back(x), y: back(y), scale };
}

/**
 * Dots lie under the graph. They are one picture that is drawn once; moving the graph
 * moves it, which costs the browser no drawing, and no component is drawn anew.
 */
export function Dots() {
  const store = useStoreApi();
  const picture = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let seen: unknown;
    const place = () => {
      const { transform } = store.getState();
      if (transform === seen || !picture.current) return;
      seen = transform;
      const { x, y, scale } = dotsAt(transform);
      picture.current.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
    };
    place();
    return store.subscribe(place);
  }, [store]);
  return (
    <div className="dots" aria-hidden="true">
      <div ref={picture} />
    </div>
  );
}
