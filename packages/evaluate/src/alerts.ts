import { invalidOption } from "./options.js";

/** Where a detector is to work. */
export interface Traffic {
  /** Flows a day, at least 0. */
  readonly flowsPerDay: number;
  /** The share of them that are attacks, from 0 to 1. */
  readonly prevalence: number;
}

/** What a detector's rates mean for those who get its alerts, a day. */
export interface AlertsPerDay {
  readonly alerts: number;
  readonly attacksFound: number;
  readonly falseAlarms: number;
  readonly attacksMissed: number;
  /** Of the alerts, the share that are attacks: the precision at this prevalence. 0 where there are no alerts. */
  readonly shareReal: number;
}

/**
 * Alerts per day of a detector, by Bayes' rule. Where attacks are rare, nearly all alerts of a good detector are false: the
 * base-rate fallacy (Axelsson, 2000). A test file's precision says nothing about that, its rates do.
 *
 * @param rates recall and false-positive rate, from 0 to 1, as `binaryMetrics` or `chooseThreshold` give them.
 * @throws MlsecError `invalid-option`.
 */
export function alertsPerDay(
  { recall, falsePositiveRate }: { readonly recall: number; readonly falsePositiveRate: number },
  { flowsPerDay, prevalence }: Traffic,
): AlertsPerDay {
  for (const [name, rate] of Object.entries({ recall, falsePositiveRate, prevalence })) {
    if (!(rate >= 0 && rate <= 1)) throw invalidOption(name, "a rate from 0 to 1", rate);
  }
  if (!(flowsPerDay >= 0 && flowsPerDay < Number.POSITIVE_INFINITY)) {
    throw invalidOption("flowsPerDay", "a finite number of at least 0", flowsPerDay);
  }
  const attacks = flowsPerDay * prevalence;
  const attacksFound = attacks * recall;
  const falseAlarms = flowsPerDay * (1 - prevalence) * falsePositiveRate;
  const alerts = attacksFound + falseAlarms;
  return {
    alerts,
    attacksFound,
    falseAlarms,
    attacksMissed: attacks - attacksFound,
    shareReal: alerts === 0 ? 0 : attacksFound / alerts,
  };
}

/** What errors cost, in any unit; finite, at least 0. As the rule "cost" of `chooseThreshold` has them. */
export interface ErrorCosts {
  readonly falseAlarm: number;
  readonly missedAttack: number;
}

/**
 * What a detector's errors cost a day: its false alarms and its missed attacks, as `alertsPerDay` counts them, each at its
 * price. With one flow a day it is the expected cost of a flow.
 *
 * @throws MlsecError `invalid-option`.
 */
export function expectedCost(
  rates: { readonly recall: number; readonly falsePositiveRate: number },
  traffic: Traffic,
  { falseAlarm, missedAttack }: ErrorCosts,
): number {
  for (const [name, cost] of Object.entries({ falseAlarm, missedAttack })) {
    if (!(cost >= 0 && cost < Number.POSITIVE_INFINITY)) throw invalidOption(name, "a finite cost of at least 0", cost);
  }
  const { falseAlarms, attacksMissed } = alertsPerDay(rates, traffic);
  return falseAlarms * falseAlarm + attacksMissed * missedAttack;
}
