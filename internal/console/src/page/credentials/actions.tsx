import { useState } from "react";
import { useCan } from "../../api/account";
import { type Credential, type CredentialType, useAuthorize, useDeleteCredential, useTestCredential } from "../../api/credential";
import { asProblem } from "../../api/problem";
import { Button } from "../../ui/button";
import { Confirm } from "../../ui/dialog";
import { Checkbox } from "../../ui/field";
import { toast, toastError } from "../../ui/toast";

interface ActionsProps {
  credential: Credential;
  type: CredentialType | undefined;
  onEdit: () => void;
}

export function CredentialActions({ credential: c, type, onEdit }: ActionsProps) {
  const test = useTestCredential();
  const authorize = useAuthorize();
  const [deleting, setDeleting] = useState(false);
  const prove = () => test.mutate(c.id, { onSuccess: (proof) => toast(`${c.name}: ${proof.message}`, proof.ok ? "ok" : "bad"), onError: toastError });
  const connect = () => authorize.mutate(c.id, { onSuccess: ({ url }) => window.open(url, "_blank", "noopener"), onError: toastError });
  return (
    <span className="row end wrap">
      {type?.authorize && (
        <Button small icon="external" busy={authorize.isPending} onClick={connect}>
          {c.token?.connected ? "Connect again" : "Connect"}
        </Button>
      )}
      {type?.testable && (
        <Button small busy={test.isPending} onClick={prove}>
          Test
        </Button>
      )}
      <Button small look="ghost" icon="edit" aria-label={`Change ${c.name}`} onClick={onEdit} />
      <Button small look="ghost" icon="trash" aria-label={`Delete ${c.name}`} onClick={() => setDeleting(true)} />
      {deleting && <DeleteDialog credential={c} onClose={() => setDeleting(false)} />}
    </span>
  );
}

function DeleteDialog({ credential: c, onClose }: { credential: Credential; onClose: () => void }) {
  const remove = useDeleteCredential();
  const [force, setForce] = useState(false);
  const mayForce = useCan("owner");
  // A credential that workflows use is refused with a conflict; an owner may insist.
  const used = remove.isError && asProblem(remove.error).status === 409;
  return (
    <Confirm
      title={`Delete “${c.name}”?`}
      action="Delete credential"
      danger
      busy={remove.isPending}
      error={remove.error}
      onClose={onClose}
      onConfirm={() => remove.mutate({ id: c.id, force }, { onSuccess: () => (toast(`“${c.name}” was deleted.`), onClose()) })}
    >
      <p>Its secrets are gone for good. Workflows that use it fail at the node that needs it.</p>
      {used && mayForce && <Checkbox label="Delete it although workflows use it" checked={force} onChange={(e) => setForce(e.target.checked)} />}
    </Confirm>
  );
}
