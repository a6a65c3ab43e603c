import type { NodeProps } from "@xyflow/react";
import { memo, type ReactNode } from "react";
import type { StickyNode } from "./model";

/** Sticky is a note on the canvas. Its Markdown is shown in small part, and never as markup. */
export const Sticky = memo(function Sticky({ data }: NodeProps<StickyNode>) {
  const p = data.placed.node.parameters ?? {};
  const color = typeof p.color === "number" && p.color >= 1 && p.color <= 7 ? p.color : 1;
  const content = typeof p.content === "string" ? p.content : "";
  return <div className={`sticky color-${color}`}>{content.split("\n").map(line)}</div>;
});

function line(text: string, i: number): ReactNode {
  const heading = /^(#{1,6})\s+(.*)$/.exec(text);
  if (heading) {
    return (
      <div key={i} className={heading[1]!.length <= 2 ? "title" : "subtitle"}>
        {inline(heading[2]!)}
      </div>
    );
  }
  const bullet = /^\s*[-*]\s+(.*)$/.exec(text);
  if (bullet) return <div key={i}>• {inline(bullet[1]!)}</div>;
  return <div key={i}>{text.trim() === "" ? "\u00a0" : inline(text)}</div>;
}

/** inline draws bold parts and code, links by their text alone, and leaves images out. */
function inline(text: string): ReactNode[] {
  const plain = text.replace(/!\[[^\]]*\]\([^)]*\)/g, "").replace(/\[([^\]]*)\]\([^)]*\)/g, "$1");
  return plain.split(/(\*\*[^*]+\*\*|`[^`]+`)/).map((part, i) => {
    if (part.startsWith("**") && part.length > 4) return <strong key={i}>{part.slice(2, -2)}</strong>;
    return part.startsWith("`") && part.length > 2 ? <code key={i}>{part.slice(1, -1)}</code> : part;
  });
}
