/**
 * The pages of the settings, in the order of the list. `name` is the part of the address after `/settings/`; its title
 * stands under `settings.page_<name>`. A page's component stands inside the frame, begins with `SettingsPage`, and gets the rest of
 * the address as `id`.
 */
import type { Component } from "svelte";
import type { Permission } from "../../../../protocol/generated.ts";
import type { IconName } from "../../../../ui/icons.ts";
import type { TextKey } from "../../i18n.svelte.ts";

export type PageName = "profile" | "sites" | "operators" | "webhooks" | "api-tokens" | "privacy" | "health";

/** Pages differ in their props: those that show one thing take its id. */
type Page = Component<any>;

export interface SettingsEntry {
  name: PageName;
  icon: IconName;
  permission?: Permission;
  load: () => Promise<{ default: Page }>;
}

export const SETTINGS_PAGES: readonly SettingsEntry[] = [
  { name: "profile", icon: "user", load: () => import("./profile/Profile.svelte") },
  { name: "sites", icon: "globe", permission: "manage_sites", load: () => import("./sites/Sites.svelte") },
  { name: "operators", icon: "users", permission: "manage_operators", load: () => import("./operators/Operators.svelte") },
  { name: "webhooks", icon: "webhook", permission: "manage_integrations", load: () => import("./webhooks/Webhooks.svelte") },
  { name: "api-tokens", icon: "key-round", permission: "manage_integrations", load: () => import("./api-tokens/ApiTokens.svelte") },
  { name: "privacy", icon: "shield", permission: "erase_contacts", load: () => import("./privacy/Privacy.svelte") },
  { name: "health", icon: "activity", permission: "manage_sites", load: () => import("./health/Health.svelte") },
];

/** The key of a page's title. */
export function titleOf(name: PageName): TextKey {
  return `settings.page_${name.replace("-", "_")}` as TextKey;
}

/** The pages that somebody with these rights sees in the list. */
export function pagesFor(permissions: readonly Permission[], pages: readonly SettingsEntry[] = SETTINGS_PAGES): SettingsEntry[] {
  return pages.filter((page) => !page.permission || permissions.includes(page.permission));
}
