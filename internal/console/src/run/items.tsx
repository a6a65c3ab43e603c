import { useMemo, useState } from "react";
import { type Item, type ItemsAt, useItems } from "../api/execution";
import { count, plural } from "../text/number";
import { CopyButton } from "../ui/button";
import { BareSelect } from "../ui/field";
import { brief } from "../ui/json-rows";
import { JsonView } from "../ui/json-view";
import { EmptyState, ErrorState, Skeleton } from "../ui/state";
import { type Column, Table } from "../ui/table";
import "./run.css";

const looks = [
  { value: "table", label: "Table" },
  { value: "json", label: "JSON" },
];

/** Items shows what one output of a node run gave, as a table or as JSON. */
export function Items({ at, label }: { at: ItemsAt; label: string }) {
  const [look, setLook] = useState("table");
  const page = useItems(at, true);
  const total = page.data?.pages[0]?.total ?? page.items.length;
  if (page.isLoadingError) return <ErrorState error={page.error} retry={() => void page.refetch()} />;
  if (page.isPending) return <Skeleton lines={3} />;
  if (page.items.length === 0) {
    return (
      <EmptyState icon="table" title="No items">
        Nothing came out here, so nothing behind it ran.
      </EmptyState>
    );
  }
  const more = () => !page.isFetchingNextPage && void page.fetchNextPage();
  return (
    <div className="stack tight">
      <div className="items-head">
        <span className="muted small">
          {plural(total, "item")}
          {page.items.length < total && `, ${count(page.items.length)} loaded`}
        </span>
        <span className="row">
          <CopyButton text={() => JSON.stringify(page.items.map((i) => i.json), null, 2)} label="Copy JSON" />
          <BareSelect label="Show as" choices={looks} value={look} onChange={(e) => setLook(e.target.value)} />
        </span>
      </div>
      <div className="items-box">{look === "table" ? <ItemTable items={page.items} label={label} more={page.hasNextPage} onEnd={more} /> : <JsonView label={label} value={page.items.map((i) => i.json)} height="40dvh" collapsed={page.items.length > 50} />}</div>
      {look === "json" && page.hasNextPage && (
        <button type="button" className="button small" onClick={more}>
          Load more
        </button>
      )}
    </div>
  );
}

const sampled = 200;
const mostColumns = 40;
const columnWidth = 150;

interface ItemTableProps {
  items: Item[];
  label: string;
  more: boolean;
  onEnd: () => void;
}

function ItemTable({ items, label, more, onEnd }: ItemTableProps) {
  const columns = useMemo(() => columnsOf(items), [items]);
  return (
    <Table label={label} rows={items} columns={columns} rowKey={(_, i) => String(i)} rowHeight={34} height="40dvh" minWidth={60 + (columns.length - 1) * columnWidth} more={more} onEnd={onEnd} />
  );
}

/** columnsOf has a column for each field of the first items. */
function columnsOf(items: Item[]): Column<Item>[] {
  const names = new Set<string>();
  for (const item of items.slice(0, sampled)) for (const key of Object.keys(item.json ?? {})) names.add(key);
  const hasFiles = items.slice(0, sampled).some((i) => i.binary);
  const number: Column<Item> = { key: "#", title: "#", width: "60px", right: true, cell: (_, i) => <span className="muted">{i}</span> };
  const fields = [...names].slice(0, mostColumns).map((name): Column<Item> => ({ key: `f ${name}`, title: name, width: `minmax(${columnWidth}px, 1fr)`, cell: (item) => <Value value={item.json?.[name]} /> }));
  const files: Column<Item> = { key: "files", title: "Files", width: `${columnWidth}px`, cell: (i) => Object.keys(i.binary ?? {}).join(", ") };
  return hasFiles ? [number, ...fields, files] : [number, ...fields];
}

function Value({ value }: { value: unknown }) {
  if (value === undefined) return null;
  if (value === null) return <span className="muted">null</span>;
  if (typeof value === "string") return <span title={value.slice(0, 1000)}>{value.slice(0, 300)}</span>;
  if (typeof value === "object") return <span className="muted mono" title={JSON.stringify(value).slice(0, 1000)}>{brief(value).text}</span>;
  return <span className="mono">{String(value)}</span>;
}
