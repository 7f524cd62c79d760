/** Name of the engine that is QMOI's own. */
export const OWN_ENGINE = "histogram-forest";
