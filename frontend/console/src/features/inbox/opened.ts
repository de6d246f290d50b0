/** What an open conversation needs beyond the list: fetched while the list is looked at, or when the first one is opened. */
export { default as ConversationPane } from "./ConversationPane.svelte";
export { default as DetailsPane } from "./DetailsPane.svelte";
