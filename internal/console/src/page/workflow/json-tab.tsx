import { useEffect, useState } from "react";
import { Button, CopyButton } from "../../ui/button";
import { TextArea } from "../../ui/field";
import { asWorkflow, type Workflow } from "../../workflow/type";

/** JsonTab is the whole workflow in n8n's format, to read and to change. */
export function JsonTab({ workflow, onChange }: { workflow: Workflow; onChange?: (workflow: Workflow) => void }) {
  const text = JSON.stringify(workflow, null, 2);
  const [draft, setDraft] = useState(text);
  const [wrong, setWrong] = useState<string | null>(null);
  useEffect(() => {
    setDraft(text);
    setWrong(null);
  }, [text]);
  const apply = () => {
    try {
      onChange?.(asWorkflow(JSON.parse(draft)));
    } catch (error) {
      setWrong((error as Error).message);
    }
  };
  return (
    <div className="stack">
      <TextArea label="Workflow in n8n's JSON format" mono rows={28} readOnly={!onChange} value={draft} wrong={wrong} onChange={(e) => setDraft(e.target.value)} />
      <div className="row between">
        <CopyButton text={draft} label="Copy all" />
        {onChange && (
          <Button look="main" disabled={draft === text} onClick={apply}>
            Apply to the graph
          </Button>
        )}
      </div>
    </div>
  );
}
