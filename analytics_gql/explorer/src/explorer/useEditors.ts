import { type MonacoEditor, useGraphiQL } from "@graphiql/react";
import { useCallback, useEffect, useState } from "react";

import type { Variables, Written } from "./query";

export interface Editors {
  text: string;
  variables: Variables;
  write: (next: Written) => void;
}

/** The query and the variables that stand in the editors, as they change, and a way to write both. */
export function useEditors(): Editors {
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  const variableEditor = useGraphiQL((state) => state.variableEditor);
  const text = useText(queryEditor);
  const written = useText(variableEditor);
  const write = useCallback(
    (next: Written) => {
      replace(queryEditor, next.text);
      const json = Object.keys(next.variables).length ? JSON.stringify(next.variables, null, 2) : "";
      if (JSON.stringify(readVariables(variableEditor?.getValue() ?? "")) !== JSON.stringify(next.variables))
        replace(variableEditor, json);
    },
    [queryEditor, variableEditor],
  );
  return { text, variables: readVariables(written), write };
}

function useText(editor: MonacoEditor | undefined): string {
  const [text, setText] = useState(editor?.getValue() ?? "");
  useEffect(() => {
    if (!editor) return;
    const look = () => setText(editor.getValue());
    look();
    const watch = editor.onDidChangeModelContent(look);
    return () => watch.dispose();
  }, [editor]);
  return text;
}

/** As an edit, so that it can be undone. */
function replace(editor: MonacoEditor | undefined, text: string): void {
  const model = editor?.getModel();
  if (!editor || !model || model.getValue() === text) return;
  editor.pushUndoStop();
  editor.executeEdits("query builder", [{ range: model.getFullModelRange(), text }]);
  editor.pushUndoStop();
}

function readVariables(text: string): Variables {
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === "object" && found !== null && !Array.isArray(found) ? (found as Variables) : {};
  } catch {
    // Not JSON yet: somebody is writing. Until it is, there are none.
    return {};
  }
}
