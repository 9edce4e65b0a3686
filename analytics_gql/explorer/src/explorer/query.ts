/**
 * The query builder's way to read and write GraphQL.
 *
 * The text is what holds: nothing is kept beside it. Each change reads the text, edits the tree of
 * the one root field that is built, and prints it again, so that what the builder does not know
 * (look-ups, orders, other root fields, conditions within `or`) stays as somebody wrote it.
 */

import {
  type ArgumentNode,
  type DocumentNode,
  type FieldNode,
  Kind,
  type ObjectFieldNode,
  type ObjectValueNode,
  type OperationDefinitionNode,
  parse,
  parseValue,
  print,
  type SelectionNode,
  type ValueNode,
  valueFromASTUntyped,
} from "graphql";

import type { Catalog, Dataset } from "../shared/catalog";
import type { Days } from "../shared/days";

export type Variables = Record<string, unknown>;
export type Operator = "eq" | "ne" | "in" | "notIn" | "gt" | "gte" | "lt" | "lte" | "contains" | "startsWith";

/** A condition on one field, as the builder can show it. */
export interface Condition {
  field: string;
  operator: Operator;
  values: string[];
}

/** What a text asks, as the builder shows it. */
export interface Built {
  dataset: Dataset;
  /** Whether rows come page by page. */
  isConnection: boolean;
  metrics: string[];
  dimensions: string[];
  hasTime: boolean;
  range?: Days;
  granularity: string;
  conditions: Condition[];
  /** Conditions that the builder leaves to the text. */
  otherConditions: number;
}

export type Reading = { built: Built } | { reason: string };

interface Place {
  document: DocumentNode;
  operation: OperationDefinitionNode;
  field: FieldNode;
  dataset: Dataset;
  isConnection: boolean;
}

function find(text: string, catalog: Catalog): Place | string {
  if (!text.trim()) return "The query is empty: choose a dataset to begin with.";
  let document: DocumentNode;
  try {
    document = parse(text);
  } catch (error) {
    return `The text is no GraphQL yet: ${(error as Error).message}`;
  }
  for (const operation of document.definitions) {
    if (operation.kind !== Kind.OPERATION_DEFINITION) continue;
    for (const field of operation.selectionSet.selections) {
      if (field.kind !== Kind.FIELD) continue;
      const { value } = field.name;
      const dataset = catalog.datasets.find(
        ({ rootField, connectionField }) => value === rootField || value === connectionField,
      );
      if (dataset)
        return { document, operation, field, dataset, isConnection: value === dataset.connectionField };
    }
  }
  return "The query asks no dataset: choose one to begin with.";
}

export function read(text: string, variables: Variables, catalog: Catalog): Reading {
  const place = find(text, catalog);
  if (typeof place === "string") return { reason: place };
  const { dataset, field, isConnection } = place;
  const names = rowFields(place).map(({ name }) => name.value);
  const has = (name: string) => names.includes(name);
  const grouped = listed(argument(field, "groupBy")?.value, variables);
  const range = untyped(argument(field, "dateRange")?.value, variables) as Partial<Days> | undefined;
  const { conditions, others } = conditionsOf(argument(field, "where")?.value, variables);
  return {
    built: {
      dataset,
      isConnection,
      metrics: dataset.metrics.map(({ name }) => name).filter(has),
      dimensions: dataset.dimensions
        .filter(({ name, groupBy }) => (grouped ? grouped.includes(groupBy) : has(name)))
        .map(({ name }) => name),
      hasTime: dataset.time !== null && has(dataset.time.name),
      range: range?.start && range.end ? { start: range.start, end: range.end } : undefined,
      granularity: String(untyped(argument(field, "granularity")?.value, variables) ?? "DAY"),
      conditions,
      otherConditions: others,
    },
  };
}

function conditionsOf(where: ValueNode | undefined, variables: Variables) {
  const conditions: Condition[] = [];
  let others = 0;
  if (where && where.kind !== Kind.OBJECT) return { conditions, others: 1 };
  for (const { name, value } of where?.fields ?? []) {
    if (value.kind !== Kind.OBJECT || ["and", "or", "not"].includes(name.value)) {
      others += 1;
      continue;
    }
    for (const condition of value.fields) {
      const operator = condition.name.value;
      const values = textsOf(condition.value, variables);
      if (operator === "isNull" || operator === "between") others += 1;
      // A variable that is not given is no condition.
      else if (values) conditions.push({ field: name.value, operator: operator as Operator, values });
    }
  }
  return { conditions, others };
}

/** The values of a condition as they are written: a decimal keeps its digits. */
function textsOf(value: ValueNode, variables: Variables): string[] | undefined {
  switch (value.kind) {
    case Kind.LIST:
      return value.values.flatMap((each) => textsOf(each, variables) ?? []);
    case Kind.INT:
    case Kind.FLOAT:
    case Kind.STRING:
    case Kind.ENUM:
      return [value.value];
    default:
      return listed(value, variables);
  }
}

// --- changes -------------------------------------------------------------------------------------

export interface Written {
  text: string;
  variables: Variables;
}

export type Change =
  | { kind: "metric"; name: string }
  | { kind: "dimension"; name: string }
  | { kind: "time" }
  | { kind: "range"; range: Days }
  | { kind: "granularity"; granularity: string }
  | { kind: "condition"; condition: Condition; type: string }
  | { kind: "no-condition"; field: string; operator: Operator };

/** The text and variables after a change; those of before where the text cannot be read. */
export function write(text: string, variables: Variables, catalog: Catalog, change: Change): Written {
  const place = find(text, catalog);
  if (typeof place === "string") return { text, variables };
  const { dataset } = place;
  switch (change.kind) {
    case "metric":
      return printed(place, toggled(place, change.name), variables);
    case "time":
      return dataset.time
        ? printed(place, toggled(place, dataset.time.name, true), variables)
        : { text, variables };
    case "dimension":
      return printed(place, withDimension(place, change.name, variables), variables);
    case "granularity":
      return set(place, "granularity", { kind: Kind.ENUM, value: change.granularity }, change.granularity, variables);
    case "range":
      return setRange(place, change.range, variables);
    case "condition":
      return printed(place, withCondition(place, change.condition, change.type), variables);
    case "no-condition":
      return printed(place, withoutCondition(place, change.field, change.operator), variables);
  }
}

/** A query of a dataset to begin with: its first metric over its newest time, by its first dimension. */
export function firstQuery(dataset: Dataset, range: Days): string {
  const [metric] = dataset.metrics;
  const field = dataset.rootField ?? dataset.connectionField ?? "";
  const time = dataset.time?.name;
  const granularity = dataset.granularities.includes("WEEK") ? "WEEK" : (dataset.granularities[0] ?? "");
  const parts = [
    dataset.hasDateRange ? `dateRange: { start: "${range.start}", end: "${range.end}" }` : "",
    time && granularity ? `granularity: ${granularity}` : "",
    "groupBy: []",
  ].filter(Boolean);
  const rows = `{ ${time ?? ""} ${metric?.name ?? "__typename"} }`;
  const isPaged = dataset.rootField === null;
  return print(parse(`query My${dataset.name} { ${field}(${parts.join(", ")}) ${isPaged ? `{ nodes ${rows} }` : rows} }`)) + "\n";
}

function printed(place: Place, field: FieldNode, variables: Variables): Written {
  const operation: OperationDefinitionNode = {
    ...place.operation,
    selectionSet: {
      ...place.operation.selectionSet,
      selections: place.operation.selectionSet.selections.map((node) => (node === place.field ? field : node)),
    },
  };
  const document: DocumentNode = {
    ...place.document,
    definitions: place.document.definitions.map((node) => (node === place.operation ? operation : node)),
  };
  return { text: `${print(document)}\n`, variables };
}

/** The fields of a row: within `nodes` of a connection. */
function rowFields({ field, isConnection }: Place): FieldNode[] {
  const set = isConnection ? nodesOf(field)?.selectionSet : field.selectionSet;
  return (set?.selections ?? []).filter((node): node is FieldNode => node.kind === Kind.FIELD);
}

function nodesOf(field: FieldNode): FieldNode | undefined {
  return field.selectionSet?.selections.find(
    (node): node is FieldNode => node.kind === Kind.FIELD && node.name.value === "nodes",
  );
}

function withSelections(place: Place, field: FieldNode, change: (before: readonly SelectionNode[]) => SelectionNode[]): FieldNode {
  const changed = (owner: FieldNode): FieldNode => {
    const selections = change(owner.selectionSet?.selections ?? []);
    // A selection set has something in it; a metric is added again with the next click.
    const kept = selections.length ? selections : [fieldNode("__typename")];
    return { ...owner, selectionSet: { kind: Kind.SELECTION_SET, selections: kept } };
  };
  if (!place.isConnection) return changed(field);
  const nodes = nodesOf(field) ?? fieldNode("nodes");
  const others = (field.selectionSet?.selections ?? []).filter((node) => node !== nodes);
  return { ...field, selectionSet: { kind: Kind.SELECTION_SET, selections: [changed(nodes), ...others] } };
}

function fieldNode(name: string): FieldNode {
  return { kind: Kind.FIELD, name: { kind: Kind.NAME, value: name } };
}

function isNamed(node: SelectionNode, name: string): boolean {
  return node.kind === Kind.FIELD && node.name.value === name;
}

/** Adds a field to the row, or takes it out. */
function toggled(place: Place, name: string, isFirst = false): FieldNode {
  return withSelections(place, place.field, (before) => selectionToggled(before, name, isFirst));
}

function selectionToggled(before: readonly SelectionNode[], name: string, isFirst: boolean): SelectionNode[] {
  const without = before.filter((node) => !isNamed(node, name));
  if (without.length < before.length) return without;
  const others = before.filter((node) => !isNamed(node, "__typename"));
  return isFirst ? [fieldNode(name), ...others] : [...others, fieldNode(name)];
}

/** A dimension stands in groupBy and in the row; look-ups that rest on it stay for their author. */
function withDimension(place: Place, name: string, variables: Variables): FieldNode {
  const dimension = place.dataset.dimensions.find((each) => each.name === name)!;
  const isIn = rowFields(place).some((node) => node.name.value === name);
  const given = argument(place.field, "groupBy");
  const grouped = listed(given?.value, variables);
  const isGrouped = grouped ? grouped.includes(dimension.groupBy) : isIn;
  let { field } = place;
  if (grouped && given) {
    const values = isGrouped
      ? grouped.filter((each) => each !== dimension.groupBy)
      : [...grouped, dimension.groupBy];
    field = withArgument(field, "groupBy", {
      kind: Kind.LIST,
      values: values.map((value) => ({ kind: Kind.ENUM, value })),
    });
  }
  if (isGrouped !== isIn) return field;
  const metrics = new Set(place.dataset.metrics.map((metric) => metric.name));
  return withSelections(place, field, (before) => {
    if (isIn) return selectionToggled(before, name, false);
    // Before the metrics, as tables are read.
    const others = before.filter((node) => !isNamed(node, "__typename"));
    const at = others.findIndex((node) => node.kind === Kind.FIELD && metrics.has(node.name.value));
    const index = at < 0 ? others.length : at;
    return [...others.slice(0, index), fieldNode(name), ...others.slice(index)];
  });
}

function argument(field: FieldNode, name: string): ArgumentNode | undefined {
  return field.arguments?.find((each) => each.name.value === name);
}

/** In the place of the one before; after dateRange where there was none. */
function withArgument(field: FieldNode, name: string, value: ValueNode | undefined): FieldNode {
  const before = field.arguments ?? [];
  const others = before.filter((each) => each.name.value !== name);
  if (!value) return { ...field, arguments: others };
  const made: ArgumentNode = { kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: name }, value };
  const isThere = others.length < before.length;
  return {
    ...field,
    arguments: isThere
      ? before.map((each) => (each.name.value === name ? made : each))
      : name === "dateRange"
        ? [made, ...others]
        : [...others, made],
  };
}

/** Sets an argument, or the variable that it is. */
function set(place: Place, name: string, value: ValueNode, plain: unknown, variables: Variables): Written {
  const before = argument(place.field, name)?.value;
  if (before?.kind === Kind.VARIABLE)
    return { ...printed(place, place.field, variables), variables: { ...variables, [before.name.value]: plain } };
  return printed(place, withArgument(place.field, name, value), variables);
}

function setRange(place: Place, range: Days, variables: Variables): Written {
  const before = argument(place.field, "dateRange")?.value;
  if (before?.kind === Kind.VARIABLE) return set(place, "dateRange", before, range, variables);
  const next = { ...variables };
  const part = (name: "start" | "end"): ObjectFieldNode => {
    const known =
      before?.kind === Kind.OBJECT ? before.fields.find((each) => each.name.value === name) : undefined;
    if (known?.value.kind === Kind.VARIABLE) {
      next[known.value.name.value] = range[name];
      return known;
    }
    return objectField(name, { kind: Kind.STRING, value: range[name] });
  };
  const value: ObjectValueNode = { kind: Kind.OBJECT, fields: [part("start"), part("end")] };
  return { ...printed(place, withArgument(place.field, "dateRange", value), variables), variables: next };
}

function objectField(name: string, value: ValueNode): ObjectFieldNode {
  return { kind: Kind.OBJECT_FIELD, name: { kind: Kind.NAME, value: name }, value };
}

function withCondition(place: Place, condition: Condition, type: string): FieldNode {
  const bare = withoutCondition(place, condition.field, condition.operator);
  if (!condition.values.length) return bare;
  const where = argument(bare, "where")?.value;
  const fields = where?.kind === Kind.OBJECT ? where.fields : [];
  const value = conditionValue(condition, type);
  const own = objectField(condition.operator, value);
  const known = fields.find((each) => each.name.value === condition.field);
  const next =
    known?.value.kind === Kind.OBJECT
      ? fields.map((each) =>
          each === known
            ? objectField(condition.field, { kind: Kind.OBJECT, fields: [...(known.value as ObjectValueNode).fields, own] })
            : each,
        )
      : [...fields, objectField(condition.field, { kind: Kind.OBJECT, fields: [own] })];
  return withArgument(bare, "where", { kind: Kind.OBJECT, fields: next });
}

function withoutCondition(place: Place, field: string, operator: Operator): FieldNode {
  const where = argument(place.field, "where")?.value;
  if (where?.kind !== Kind.OBJECT) return place.field;
  const fields = where.fields.flatMap((each) => {
    if (each.name.value !== field || each.value.kind !== Kind.OBJECT) return [each];
    const left = each.value.fields.filter((condition) => condition.name.value !== operator);
    return left.length ? [objectField(field, { kind: Kind.OBJECT, fields: left })] : [];
  });
  return withArgument(place.field, "where", fields.length ? { kind: Kind.OBJECT, fields } : undefined);
}

const BARE = new Set(["Int", "Float", "BigInt", "Decimal", "Boolean"]);

function conditionValue({ operator, values }: Condition, type: string): ValueNode {
  const one = (text: string): ValueNode => {
    if (BARE.has(type) && /^(-?\d+(\.\d+)?([eE][+-]?\d+)?|true|false)$/.test(text)) return parseValue(text);
    return { kind: Kind.STRING, value: text };
  };
  return operator === "in" || operator === "notIn"
    ? { kind: Kind.LIST, values: values.map(one) }
    : one(values[0]!);
}

function untyped(value: ValueNode | undefined, variables: Variables): unknown {
  return value ? valueFromASTUntyped(value, variables) : undefined;
}

function listed(value: ValueNode | undefined, variables: Variables): string[] | undefined {
  const found = untyped(value, variables);
  if (found === undefined || found === null) return undefined;
  return (Array.isArray(found) ? found : [found]).map(String);
}
