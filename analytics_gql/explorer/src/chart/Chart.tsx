import { useEffect, useImperativeHandle, useMemo, useRef, useState, type Ref } from "react";

import type { ChartForm, Column } from "../shared/boot";
import type { Table } from "../shared/tables";
import type { Roles } from "./choose";
import type { Files } from "./download";
import { type EChartsType, init } from "./echarts";
import { draw } from "./options";
import { readTheme, useIsDark } from "./theme";

interface Props {
  table: Table;
  form: ChartForm;
  roles: Roles;
  metric: Column;
  title: string;
  picked?: string[];
  isSmall?: boolean;
  onPick?: (column: Column, value: string) => void;
  files?: Ref<Files>;
}

/** Labels are placed anew where the width has changed by so much. */
const STEP = 40;

/** A chart of a table that fills its parent. What it leaves out is said below it. */
export function Chart({ table, form, roles, metric, title, picked, isSmall, onPick, files }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType>(null);
  const isDark = useIsDark();
  const [width, setWidth] = useState(0);
  const drawing = useMemo(
    () => draw({ form, roles, metric, table, theme: readTheme(), picked, isSmall, width }),
    // The theme is read anew when it changes.
    [form, roles, metric, table, picked, isSmall, width, isDark],
  );
  useEffect(() => {
    const made = init(box.current, null, { renderer: "svg" });
    chart.current = made;
    const measure = () => setWidth(Math.floor(box.current!.clientWidth / STEP) * STEP);
    const watch = new ResizeObserver(() => {
      made.resize();
      measure();
    });
    measure();
    watch.observe(box.current!);
    return () => {
      watch.disconnect();
      made.dispose();
    };
  }, []);
  useEffect(() => {
    chart.current?.setOption(
      { ...drawing.option, aria: { enabled: false } },
      { notMerge: true },
    );
  }, [drawing]);
  useEffect(() => {
    const made = chart.current;
    const { picks } = drawing;
    if (!made || !onPick || !picks) return;
    const pick = (event: unknown) => {
      const { name, seriesName, value } = event as { name: string; seriesName?: string; value: unknown };
      if (form === "heatmap") {
        const names = (drawing.option.yAxis as { data: string[] }).data;
        const at = (value as number[])[1];
        const found = at === undefined ? undefined : names[at];
        if (found !== undefined) onPick(picks, found);
      } else onPick(picks, roles.time || form !== "bar" ? (seriesName ?? name) : name);
    };
    made.on("click", pick);
    return () => void made.off("click", pick);
  }, [drawing, form, roles, onPick]);
  useImperativeHandle(
    files,
    () => ({
      svg: () => box.current!.querySelector("svg")!,
      background: () => readTheme().surface,
    }),
    [],
  );
  return (
    <figure className="chart" data-form={form}>
      <div className="chart-box" ref={box} role="img" aria-label={`${title}: ${drawing.summary}`} />
      {drawing.note && <figcaption className="note">{drawing.note}</figcaption>}
    </figure>
  );
}
