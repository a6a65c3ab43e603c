import { useEffect, useState } from "react";
import "./workflows.css";

/** What is pasted into a field, or while a dialog asks for something else, is not meant for the page. */
const typing = () => /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? "") || document.querySelector("dialog[open]") !== null;

/** useFileDrop takes JSON files that are dropped anywhere on the page, and JSON that is pasted there; it tells whether some hover over it. */
export function useFileDrop(enabled: boolean, take: (files: File[]) => void): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    if (!enabled) return;
    const carriesFiles = (e: DragEvent) => e.dataTransfer?.types.includes("Files") ?? false;
    const hover = (e: DragEvent) => {
      if (!carriesFiles(e)) return;
      e.preventDefault();
      setOver(true);
    };
    const leave = (e: DragEvent) => e.relatedTarget === null && setOver(false);
    const drop = (e: DragEvent) => {
      if (!carriesFiles(e)) return;
      e.preventDefault();
      setOver(false);
      const files = [...(e.dataTransfer?.files ?? [])];
      if (files.length > 0) take(files);
    };
    const paste = (e: ClipboardEvent) => {
      const text = e.clipboardData?.getData("text/plain") ?? "";
      if (typing() || !/^\s*[{[]/.test(text)) return;
      e.preventDefault();
      take([new File([text], "Pasted workflow")]);
    };
    addEventListener("paste", paste);
    addEventListener("dragover", hover);
    addEventListener("dragleave", leave);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("paste", paste);
      removeEventListener("dragover", hover);
      removeEventListener("dragleave", leave);
      removeEventListener("drop", drop);
    };
  }, [enabled, take]);
  return over;
}
