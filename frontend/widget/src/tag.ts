/** What the loader hands to the chat, and what it leaves on the page: types only. */
import type { Widget } from "./widget.ts";

/** The site's public settings, as `GET /w/{key}/config` answers them. */
export interface Config {
  name: string;
  /** The launcher's name for screen readers, in the visitor's language. */
  label: string;
  /** The site's colour, made fit to carry text, and the colour of that text. */
  colour: string;
  ink: string;
  position: "right" | "left";
  languages: string[];
  language: string;
  is_accepting: boolean;
  is_signed_identity_required: boolean;
}

/** What the page sets before the tag, in `window.klepetSettings`; attributes of the tag (`data-…`) win over it. */
export interface Settings {
  language?: string;
  position?: "right" | "left";
  hidden?: boolean | string;
  open?: boolean | string;
  /** The direct chat page: the chat fills the page, without a launcher. */
  full?: boolean | string;
}

/** One tag on the page. */
export interface Tag {
  key: string;
  /** The address of a file or endpoint of the server that served the tag. */
  url(path: string): string;
  config: Config;
  settings: Settings;
  /** How far the launcher stands from the side of the page, in pixels: a second tag stands beside the first. */
  offset: number;
  /** The shadow root of the tag's element; its first child is the launcher. */
  root: ShadowRoot;
  /** The chat, once it was wanted. */
  widget?: Widget;
}

/** One call of `klepet(command, …)`. */
export type Call = ArrayLike<unknown>;

/** `window.klepet`: the page's queue (`q`), and for every tag the function that brings its chat (`t`). */
export interface Klepet {
  (...call: unknown[]): void;
  q?: Call[];
  t?: Record<string, () => Promise<Widget>>;
}

declare global {
  interface Window {
    klepet?: Klepet;
    klepetSettings?: Settings;
  }
}
