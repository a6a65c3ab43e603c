import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import { Link, useLocation } from "wouter";
import { useCaller } from "./api/account";
import { useStale } from "./api/query";
import { pagesFor } from "./page";
import type { Page } from "./route";
import { signOut } from "./session/session";
import "./shell.css";
import { setTheme, type Theme, useTheme } from "./style/theme";
import { Button } from "./ui/button";
import { Icon, type IconName, Logo } from "./ui/icon";
import { Badge } from "./ui/state";

/** Shell is what surrounds each page: the ways to the others, and who is signed in. */
export function Shell({ children }: { children: ReactNode }) {
  const [open, setOpen] = useState(false);
  const [path] = useLocation();
  useEffect(() => setOpen(false), [path]);
  return (
    <div className={open ? "shell open" : "shell"}>
      <a className="button skip" href="#content">
        Skip to content
      </a>
      <aside className="side" id="side" onKeyDown={(e) => e.key === "Escape" && setOpen(false)}>
        <Link href="/" className="brand">
          <Logo />
          AutomateLanka
        </Link>
        <Navigation path={path} />
        <Who />
      </aside>
      <button type="button" className="veil" aria-label="Close menu" tabIndex={-1} hidden={!open} onClick={() => setOpen(false)} />
      <main className="content" id="content" tabIndex={0}>
        <div className="topbar">
          <Button look="ghost" icon="menu" aria-label="Menu" aria-expanded={open} aria-controls="side" onClick={() => setOpen(!open)} />
          <Link href="/" className="brand">
            <Logo size={22} />
            AutomateLanka
          </Link>
        </div>
        <Outage />
        {children}
      </main>
    </div>
  );
}

/** Outage says that the platform does not answer; it tries again until it does. */
function Outage() {
  const stale = useStale();
  const cache = useQueryClient();
  useEffect(() => {
    if (!stale) return;
    const again = () => void cache.refetchQueries({ type: "active" });
    const timer = setInterval(again, 10_000);
    addEventListener("online", again);
    return () => {
      clearInterval(timer);
      removeEventListener("online", again);
    };
  }, [stale, cache]);
  if (!stale) return null;
  return (
    <div className="outage" role="status">
      <Icon name="warn" size={16} />
      <span className="grow">The platform does not answer: what you see may be old. It is tried again by itself.</span>
      <Button small onClick={() => void cache.refetchQueries({ type: "active" })}>
        Try now
      </Button>
    </div>
  );
}

function Navigation({ path }: { path: string }) {
  const role = useCaller().data?.role;
  const shown = pagesFor(role).filter((p) => p.nav);
  const groups = [...new Set(shown.map((p) => p.nav?.group ?? ""))];
  return (
    <nav aria-label="Pages" className="stack tight">
      {groups.map((group) => (
        <div className="nav" key={group}>
          {group && <div className="nav-title">{group}</div>}
          {shown.filter((p) => (p.nav?.group ?? "") === group).map((p) => (
            <NavLink key={p.path} page={p} path={path} />
          ))}
        </div>
      ))}
    </nav>
  );
}

function NavLink({ page, path }: { page: Page; path: string }) {
  const current = page.path === "/" ? path === "/" : path === page.path || path.startsWith(`${page.path}/`);
  return (
    <Link href={page.path} aria-current={current ? "page" : undefined}>
      {page.nav && <Icon name={page.nav.icon} />}
      {page.title}
    </Link>
  );
}

function Who() {
  const caller = useCaller().data;
  const cache = useQueryClient();
  const leave = () => {
    signOut();
    cache.clear();
  };
  return (
    <div className="who">
      {caller && (
        <div>
          <div className="clip" title={caller.account?.name}>
            <strong>{caller.account?.name ?? "Platform"}</strong>
          </div>
          <div className="row small muted">
            {caller.role}
            {caller.account && <Badge>{caller.account.plan}</Badge>}
          </div>
        </div>
      )}
      <div className="row between">
        <ThemeSwitch />
        <Button look="ghost" small icon="exit" onClick={leave}>
          Sign out
        </Button>
      </div>
    </div>
  );
}

const themes: { theme: Theme; icon: IconName; next: Theme }[] = [
  { theme: "system", icon: "system", next: "light" },
  { theme: "light", icon: "sun", next: "dark" },
  { theme: "dark", icon: "moon", next: "system" },
];

function ThemeSwitch() {
  const theme = useTheme();
  const now = themes.find((t) => t.theme === theme) ?? themes[0]!;
  return <Button look="ghost" small icon={now.icon} aria-label={`Theme: ${now.theme}. Change to ${now.next}`} onClick={() => setTheme(now.next)} />;
}
