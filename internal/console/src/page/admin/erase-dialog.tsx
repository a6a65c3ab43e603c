import { useState } from "react";
import { type Tenant, useEraseTenant } from "../../api/admin";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Field } from "../../ui/field";
import { Notice, ProblemNotice } from "../../ui/state";
import { toast } from "../../ui/toast";

/** EraseDialog takes a tenant away for good; its id has to be written, so that nobody does it by a slip. */
export function EraseDialog({ tenant, onClose }: { tenant: Tenant; onClose: () => void }) {
  const [typed, setTyped] = useState("");
  const erase = useEraseTenant();
  const footer = (
    <>
      <Button onClick={onClose}>Keep it</Button>
      <Button look="danger" busy={erase.isPending} disabled={typed !== tenant.id} onClick={() => erase.mutate(tenant.id, { onSuccess: () => (toast("The erasure has begun."), onClose()) })}>
        Erase the tenant
      </Button>
    </>
  );
  return (
    <Dialog title={`Erase ${tenant.name}?`} onClose={onClose} footer={footer}>
      <Notice tone="warn">All its workflows, runs, files, credentials, keys and members are removed. This cannot be taken back. Export its data first if somebody may want it.</Notice>
      <Field label={`Write ${tenant.id} to confirm`} value={typed} onChange={(e) => setTyped(e.target.value)} />
      {erase.isError && <ProblemNotice error={erase.error} />}
    </Dialog>
  );
}
