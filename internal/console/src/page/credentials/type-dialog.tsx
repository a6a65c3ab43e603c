import { useState } from "react";
import { useCredentialTypes } from "../../api/credential";
import { Dialog } from "../../ui/dialog";
import { SearchBox } from "../../ui/field";
import { EmptyState, Loaded } from "../../ui/state";
import "./credentials.css";

/** TypeDialog asks for which service the credential is. */
export function TypeDialog({ onChoose, onClose }: { onChoose: (type: string) => void; onClose: () => void }) {
  const types = useCredentialTypes();
  const [search, setSearch] = useState("");
  const wanted = search.trim().toLowerCase();
  const found = (types.data ?? []).filter((t) => t.name.toLowerCase().includes(wanted) || t.type.toLowerCase().includes(wanted)).sort((a, b) => a.name.localeCompare(b.name));
  return (
    <Dialog title="For which service?" onClose={onClose}>
      <SearchBox label="Search services" value={search} autoFocus onChange={(e) => setSearch(e.target.value)} />
      <Loaded of={types}>
        {() =>
          found.length === 0 ? (
            <EmptyState icon="search" title="No such service">
              Take “Header Auth” or another general type: it works with any service that takes a key.
            </EmptyState>
          ) : (
            <ul className="type-list">
              {found.map((t) => (
                <li key={t.type}>
                  <button type="button" onClick={() => onChoose(t.type)}>
                    <span className="grow">{t.name}</span>
                    <span className="small muted">{t.authorize ? "sign in there" : t.http ? "key or password" : ""}</span>
                  </button>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Dialog>
  );
}
