/** Of QMOI, as health and backups tell it. */
export const VERSION = "0.1.0";
