import "uplot/dist/uPlot.min.css";
import { money } from "@resonance/sdk";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import uPlot from "uplot";
import { watchLook } from "../../ui/theme.ts";

interface ChartProps {
  asset: string;
  days: readonly { day: string; amount: bigint }[];
}

/** Earnings by day, drawn. It is a picture of the table below it: the exact figures stand there. */
export function Chart({ asset, days }: ChartProps) {
  const { t, i18n } = useTranslation();
  const place = useRef<HTMLDivElement>(null);
  const [look, setLook] = useState(0);
  useEffect(() => watchLook(() => setLook((before) => before + 1)), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies(look): its colours are those of the page when it is drawn.
  useEffect(() => {
    const here = place.current;
    if (!here) {
      return;
    }
    const colour = (name: string) => getComputedStyle(here).getPropertyValue(`--color-${name}`).trim();
    const unit = 10 ** money.decimals(asset);
    const when = days.map(({ day }) => Date.parse(`${day}T00:00:00Z`) / 1000);
    // A picture needs no digit beyond what a pixel shows; every sum in words is exact.
    const sums = days.map(({ amount }) => Number(amount) / unit);
    const date = new Intl.DateTimeFormat(i18n.language, { day: "numeric", month: "short", timeZone: "UTC" });
    const figure = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: money.decimals(asset) });
    const axis = {
      stroke: colour("soft"),
      font: "12px 'Martian Mono Variable', monospace",
      grid: { stroke: colour("line"), width: 1 },
      ticks: { show: false },
    };
    const bars = uPlot.paths.bars?.({ size: [0.7, 48] });
    const height = 220;
    const chart = new uPlot(
      {
        width: here.clientWidth,
        height,
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "UTC"),
        legend: { show: false },
        cursor: { show: false },
        scales: { y: { range: (_, __, most) => [0, most > 0 ? most * 1.1 : 1] } },
        axes: [
          {
            ...axis,
            grid: { show: false },
            space: 84,
            values: (_, seconds) => seconds.map((each) => date.format(each * 1000)),
          },
          { ...axis, size: 64, values: (_, sums) => sums.map((each) => figure.format(each)) },
        ],
        series: [
          {},
          { fill: colour("verdigris"), width: 0, points: { show: false }, ...(bars && { paths: bars }) },
        ],
      },
      [when, sums],
      here,
    );
    const watch = new ResizeObserver(() => chart.setSize({ width: here.clientWidth, height }));
    watch.observe(here);
    return () => {
      watch.disconnect();
      chart.destroy();
    };
  }, [asset, days, i18n.language, look]);
  return <div ref={place} role="img" aria-label={t("studio.earnings.chart")} className="h-[220px] w-full" />;
}
