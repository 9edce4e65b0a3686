import { useState } from "react";

import { save } from "../chart/download";
import { apiKey } from "../shared/key";
import { documentFile, type FormName, FORM_NOTES, FORMS } from "./forms";
import type { Variables } from "./query";

/** Takes the query elsewhere: as a registered document, or as other programs ask it. */
export function Save({ text, variables }: { text: string; variables: Variables }) {
  const [form, setForm] = useState<FormName>("curl");
  const [problem, setProblem] = useState("");
  const [isCopied, setIsCopied] = useState(false);
  const origin = new URL("./", document.baseURI).href;
  const written = FORMS[form]({ query: text, variables, hasKey: apiKey() !== "", origin });
  const download = () => {
    try {
      const file = documentFile(text, variables);
      save(file.name, file.text, "application/graphql");
      setProblem("");
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  const copy = async () => {
    await navigator.clipboard.writeText(written);
    setIsCopied(true);
    setTimeout(() => setIsCopied(false), 1_500);
  };
  return (
    <div className="save">
      <button type="button" className="button wide" onClick={download}>
        Download as a persisted document
      </button>
      {problem && <p className="note bad">{problem}</p>}
      <details>
        <summary>Use it elsewhere</summary>
        <div className="forms" role="group" aria-label="Form">
          {(Object.keys(FORMS) as FormName[]).map((name) => (
            <button key={name} type="button" aria-pressed={name === form} onClick={() => setForm(name)}>
              {name}
            </button>
          ))}
        </div>
        <pre tabIndex={0} aria-label={`The query for ${form}`}>
          {written}
        </pre>
        <button type="button" className="button" onClick={() => void copy()}>
          {isCopied ? "Copied" : "Copy"}
        </button>
        {FORM_NOTES[form] && <p className="note">{FORM_NOTES[form]}</p>}
      </details>
    </div>
  );
}
