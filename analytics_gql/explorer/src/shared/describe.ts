/** What the columns of an operation's answer are, by its text and the catalog. */

import {
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
} from "graphql";

import type { Column } from "./boot";
import { type Catalog, type Dataset, metricColumn } from "./catalog";
import type { Describe } from "./tables";

/** Of a text that cannot be read nothing is known. */
export function describing(query: string, operationName: string | undefined, catalog?: Catalog): Describe {
  const roots = new Map<string, Column[]>();
  if (catalog)
    for (const field of rootFields(query, operationName)) {
      const dataset = catalog.datasets.find(
        ({ rootField, connectionField }) =>
          field.name.value === rootField || field.name.value === connectionField,
      );
      if (dataset) roots.set(responseKey(field), columnsOf(field.selectionSet, dataset));
    }
  return (name) => roots.get(name.split(".")[0] ?? "");
}

function rootFields(query: string, operationName: string | undefined): FieldNode[] {
  let operation: OperationDefinitionNode | undefined;
  try {
    const operations = parse(query).definitions.filter(
      (node): node is OperationDefinitionNode => node.kind === Kind.OPERATION_DEFINITION,
    );
    operation = operations.find(({ name }) => name?.value === operationName) ?? operations[0];
  } catch {
    return [];
  }
  return fieldsIn(operation?.selectionSet);
}

export function responseKey(field: FieldNode): string {
  return field.alias?.value ?? field.name.value;
}

/** Fields, those of inline fragments too; named fragments are rare here and are guessed at. */
function fieldsIn(set: SelectionSetNode | undefined): FieldNode[] {
  return (set?.selections ?? []).flatMap((node) => {
    if (node.kind === Kind.FIELD) return [node];
    return node.kind === Kind.INLINE_FRAGMENT ? fieldsIn(node.selectionSet) : [];
  });
}

const OF_CONNECTIONS = new Set(["nodes", "edges", "node"]);

function columnsOf(set: SelectionSetNode | undefined, dataset: Dataset, before = ""): Column[] {
  return fieldsIn(set).flatMap((field): Column[] => {
    const name = field.name.value;
    const key = before + responseKey(field);
    if (OF_CONNECTIONS.has(name))
      return columnsOf(field.selectionSet, dataset, name === "node" ? `${key}.` : "");
    const metric = dataset.metrics.find((each) => each.name === name);
    if (metric) return [metricColumn(metric, key)];
    if (dataset.time?.name === name)
      return [{ key, kind: "time", description: dataset.time.description ?? undefined }];
    const dimension = dataset.dimensions.find((each) => each.name === name);
    if (dimension) return [{ key, kind: "dimension", description: dimension.description ?? undefined }];
    return leaves(field, key);
  });
}

/** Of a look-up. */
function leaves(field: FieldNode, key: string): Column[] {
  if (!field.selectionSet) return [{ key, kind: "other" }];
  return fieldsIn(field.selectionSet).flatMap((inner) => leaves(inner, `${key}.${responseKey(inner)}`));
}
