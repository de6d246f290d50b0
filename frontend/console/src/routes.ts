/**
 * Every page of the console. `area` names texts that come with the page; `section` is the mark in the rail;
 * `isPublic` pages are for people who are not signed in. Parameters of the path become the page's props.
 */
import type { Component } from "svelte";
import type { Permission } from "../../protocol/generated.ts";
import type { TextArea } from "./i18n.svelte.ts";

export type Section = "inbox" | "contacts" | "search" | "settings";

/** Pages differ in their props, which come from the path. */
type Page = Component<any>;

export interface Route {
  path: string;
  load: () => Promise<{ default: Page }>;
  section?: Section;
  area?: TextArea;
  permission?: Permission;
  isPublic?: boolean;
}

export const ROUTES: readonly Route[] = [
  { path: "/login", isPublic: true, load: () => import("./features/sign-in/Login.svelte") },
  { path: "/forgot", isPublic: true, load: () => import("./features/sign-in/Forgot.svelte") },
  { path: "/setup/:token?", isPublic: true, load: () => import("./features/sign-in/SetUp.svelte") },
  { path: "/invite/:token", isPublic: true, load: () => import("./features/sign-in/AcceptLink.svelte") },
  { path: "/reset/:token", isPublic: true, load: () => import("./features/sign-in/AcceptLink.svelte") },
  { path: "/inbox/:id?", section: "inbox", load: () => import("./features/inbox/Inbox.svelte") },
  {
    path: "/contacts/:id?",
    section: "contacts",
    area: "contacts",
    permission: "see_contacts",
    load: () => import("./features/contacts/Contacts.svelte"),
  },
  { path: "/search", section: "search", load: () => import("./features/search/Search.svelte") },
  { path: "/settings/:page?/:id?", section: "settings", area: "settings", load: () => import("./features/settings/Settings.svelte") },
];
