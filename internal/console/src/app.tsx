import { QueryClientProvider } from "@tanstack/react-query";
import { Component, type ReactNode, Suspense, useEffect } from "react";
import { Redirect, Route, Switch, useLocation } from "wouter";
import { useCaller } from "./api/account";
import { queries } from "./api/query";
import { pagesFor } from "./page";
import type { Page } from "./route";
import { SignIn } from "./page/sign-in";
import { useCredential } from "./session/session";
import { Shell } from "./shell";
import { LinkButton } from "./ui/button";
import { EmptyState, PageError, PageLoading } from "./ui/state";
import { Toasts } from "./ui/toast";

export function App() {
  return (
    <QueryClientProvider client={queries}>
      <Gate />
      <Toasts />
    </QueryClientProvider>
  );
}

function Gate() {
  const signedIn = useCredential() !== null;
  const [path] = useLocation();
  if (!signedIn) return <SignIn />;
  if (path === "/sign-in") return <Redirect to="/" replace />;
  return <Inside />;
}

function Inside() {
  const caller = useCaller();
  if (caller.isLoadingError) {
    return (
      <main>
        <PageError error={caller.error} retry={() => void caller.refetch()} />
      </main>
    );
  }
  const allowed = pagesFor(caller.data?.role);
  const start = allowed[0]?.path;
  return (
    <Shell>
      {caller.data ? (
        <Switch>
          {allowed.map((p) => (
            <Route key={p.path} path={p.path}>
              <Opened page={p} />
            </Route>
          ))}
          <Route path="/">{start && start !== "/" ? <Redirect to={start} replace /> : <NoPage />}</Route>
          <Route>
            <NoPage />
          </Route>
        </Switch>
      ) : (
        <PageLoading />
      )}
    </Shell>
  );
}

function Opened({ page }: { page: Page }) {
  const [path] = useLocation();
  useEffect(() => {
    document.title = `${page.title} · AutomateLanka`;
  }, [page]);
  const View = page.view;
  return (
    <Fence key={path}>
      <Suspense fallback={<PageLoading />}>
        <View />
      </Suspense>
    </Fence>
  );
}

function NoPage() {
  return (
    <div className="page">
      <EmptyState icon="search" title="No such page" action={<LinkButton href="/">Go home</LinkButton>}>
        The address is wrong, or your role does not show this page.
      </EmptyState>
    </div>
  );
}

/** Fence keeps a page's failure from taking the whole console down. */
class Fence extends Component<{ children: ReactNode }, { error: unknown }> {
  override state = { error: null as unknown };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    return (
      <PageError error={this.state.error} retry={() => location.reload()} />
    );
  }
}
