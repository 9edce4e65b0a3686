/** The parts of ECharts that are used, and no others: the rest stays out of the bundle. */

import { BarChart, HeatmapChart, LineChart } from "echarts/charts";
import {
  AriaComponent,
  GridComponent,
  LegendScrollComponent,
  TooltipComponent,
  VisualMapContinuousComponent,
} from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([
  BarChart,
  HeatmapChart,
  LineChart,
  AriaComponent,
  GridComponent,
  LegendScrollComponent,
  TooltipComponent,
  VisualMapContinuousComponent,
  // SVG stays sharp on every screen, and is what is downloaded.
  SVGRenderer,
]);

export { init };
export type { EChartsType } from "echarts/core";
