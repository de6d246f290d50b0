// Generated from klepet/model by tools/generate_protocol.py. Never edited by hand.
/** An id: a UUIDv7 as text. */
export type Id = string;
/** An instant: ISO 8601 in UTC. */
export type Instant = string;

export const PROTOCOL = 1;

export const CLOSE_RECONNECT = 4000;

export const CLOSE_SIGN_IN = 4401;

export const CLOSE_NOT_ALLOWED = 4403;

export const CLOSE_SILENT = 4408;

export const CLOSE_RELOAD = 4409;

export const CLOSE_BAD_FRAME = 4400;

export const CLOSE_TOO_MANY = 4429;

export const MESSAGE_CHARS = 4000;

export const NAME_CHARS = 100;

export const COMMENT_CHARS = 1000;

export const TRANSCRIPT_PAGE = 50;

export const VISITOR_CONVERSATIONS = 20;

export const PHOTO_BYTES = 5242880;

/** Where a conversation is in its life. `queued` is no status: it is open and held by nobody. */
export type Status = "open" | "snoozed" | "closed";

/** Who wrote a message or caused a change. */
export type AuthorKind = "visitor" | "operator" | "bot" | "system";

/** What an entry of a transcript is. Notes are seen by operators only; system lines carry a key instead of text. */
export type MessageKind = "text" | "note" | "system";

/** The system lines of a transcript; the texts stand in the catalogues under `system.<value>`. */
export type SystemLine = "operator_joined" | "operator_left" | "closed_by_visitor" | "closed_by_operator" | "reopened" | "rated" | "order_reported" | "contact_identified";

/** A named set of permissions; `permissions.py` says which. */
export type Role = "owner" | "supervisor" | "operator";

/** What an operator chose. New conversations are announced to those who accept. */
export type Availability = "accepting" | "away" | "offline";

/** The two sides of a conversation, each with one delivered and one read watermark. */
export type Side = "visitor" | "operator";

/** Why an attempt to deliver to a webhook came to nothing. */
export type DeliveryFailure = "answered" | "unknown_host" | "refused_address" | "unreachable" | "timed_out" | "unreadable" | "switched_off";

/** What a one-time link allows. */
export type LinkKind = "setup" | "invite" | "reset";

/** The lists of the console. */
export type ConversationView = "queued" | "mine" | "all" | "closed";

/** The corner of the page in which the launcher stands. */
export type LauncherSide = "right" | "left";

/** What is erased. */
export type ErasureSubject = "contact" | "conversation";

/** How far an erasure came. `failed`: it was tried too often; the same again goes on with it. */
export type ErasureState = "running" | "finished" | "failed";

/** How far a webhook's delivery came. `failed` is tried again by itself; `parked` is not. */
export type DeliveryState = "waiting" | "delivered" | "failed" | "parked";

/** One right. Documented in `docs/permissions.md`, which a test compares with this file. */
export type Permission = "answer" | "reassign" | "see_contacts" | "erase_contacts" | "manage_sites" | "manage_operators" | "manage_integrations";

/** First frame of every connection, within 5 seconds. Visitors give `site` and, on return, their `token`; operators sign in by their session cookie or an API token in `token`. `transcripts` names the open transcripts, whose last page a snapshot then brings. `identity` is the site's signed statement of who the visitor is. */
export interface Hello {
  type: "hello";
  protocol: number;
  site?: string | null;
  token?: string | null;
  identity?: string | null;
  position?: LogPosition | null;
  transcripts?: Id[];
  page?: Page | null;
  referrer?: string | null;
  language?: string | null;
  time_zone?: string | null;
}

/** How far a client has followed the log. A position of another epoch is answered with a snapshot. */
export interface LogPosition {
  offset: number;
  epoch: string;
}

/** A page of the site as the visitor's browser names it. */
export interface Page {
  url: string;
  title?: string;
}

/** Append a message. A visitor's first message names no conversation and opens one. Notes are for operators. */
export interface SendMessage {
  type: "send_message";
  client_id: string;
  text: string;
  conversation_id?: Id | null;
  kind?: MessageKind;
}

/** My client holds (`delivered_seq`) and has shown in a visible, focused window (`read_seq`) all up to here. Not answered; coalesced to one write per second. Watermarks only rise. */
export interface AdvanceReceipt {
  type: "advance_receipt";
  conversation_id: Id;
  delivered_seq?: number;
  read_seq?: number;
}

/** I type, or stopped. Repeat at least every 5 seconds while it goes on; it lapses after 8. Not answered. */
export interface SetTyping {
  type: "set_typing";
  conversation_id: Id;
  is_typing: boolean;
}

/** Are you there? Sent every 25 seconds, and at once after sleep or a network change. */
export interface Ping {
  type: "ping";
}

/** The visitor ends the conversation. */
export interface EndConversation {
  type: "end_conversation";
  client_id: string;
  conversation_id: Id;
}

/** The visitor rates the conversation; a second rating replaces the first. */
export interface RateConversation {
  type: "rate_conversation";
  client_id: string;
  conversation_id: Id;
  score: number;
  comment?: string;
}

/** What the page says of its visitor, unsigned. Refused where the site demands signed identity. Given attributes are merged; null removes one. */
export interface SetContact {
  type: "set_contact";
  client_id: string;
  details: ContactDetails;
}

/** What the visitor's page claims of the visitor, unsigned. */
export interface ContactDetails {
  name?: string | null;
  email?: string | null;
  phone?: string | null;
  attributes?: Record<string, string | number | boolean | null>;
}

/** The page reports an order. The same order id twice is one order. */
export interface ReportOrder {
  type: "report_order";
  client_id: string;
  order: OrderReport;
}

/** An order as the shop reports it: its own id, the total as decimal text, the ISO 4217 currency. */
export interface OrderReport {
  id: string;
  value: string;
  currency: string;
  items?: OrderItem[];
}

/** One line of an order. */
export interface OrderItem {
  sku: string;
  name: string;
  quantity: number;
  price: string;
}

/** The page reports that something happened on the site. Kept as a measurement, by age. */
export interface TrackEvent {
  type: "track_event";
  client_id: string;
  name: string;
  data?: Record<string, string | number | boolean | null>;
}

/** The visitor is on another page now. Not answered. */
export interface ShowPage {
  type: "show_page";
  page: Page;
}

/** The answer to `hello`. With `visitor_state` or `operator_state` it is a snapshot as of `position`; with neither, the events since the client's own position follow. `token` is there when it is new: keep it. `is_accepting`: somebody is there to answer. */
export interface Welcome {
  type: "welcome";
  position: LogPosition;
  server_time: string;
  principal_id: Id;
  token: string | null;
  is_accepting: boolean;
  visitor_state: VisitorState | null;
  operator_state: OperatorState | null;
  online_operator_ids: Id[];
  online_visitor_ids: Id[];
}

/** Snapshot for a visitor: its newest conversations (at most 20, last activity first: a new line that the visitor may see brings its conversation to the front), the last page of the first one's transcript (at most 50 messages, ascending), whoever wrote in them, and itself. */
export interface VisitorState {
  conversations: VisitorConversation[];
  messages: Message[];
  operators: PublicOperator[];
  contact: Contact;
}

/** A conversation as its visitor sees it. */
export interface VisitorConversation {
  id: Id;
  status: Status;
  assignee_id: Id | null;
  last_seq: number;
  created_at: Instant;
  closed_at: Instant | null;
  closed_by: AuthorKind | null;
  operator_delivered_seq: number;
  operator_read_seq: number;
  visitor_read_seq: number;
  unread_count: number;
  rating: number | null;
}

/** One entry of a transcript, ordered by `seq` within its conversation. Visitors' streams have gaps where notes stand. */
export interface Message {
  conversation_id: Id;
  seq: number;
  kind: MessageKind;
  author: Author;
  text: string;
  at: Instant;
  client_id: string | null;
  fact: SystemFact | null;
}

/** Who wrote a message. `id` is the operator's or bot's id; visitors and the system have none here. */
export interface Author {
  kind: AuthorKind;
  id: Id | null;
}

/** What a system line says: a catalogue key and the values for its text. */
export interface SystemFact {
  line: SystemLine;
  name: string | null;
  score: number | null;
  value: string | null;
  currency: string | null;
}

/** What a visitor sees of whoever answers; always plain whether a person or a bot writes. */
export interface PublicOperator {
  id: Id;
  name: string;
  photo_url: string | null;
  is_bot: boolean;
}

/** A person. `user_id` is the site's own id of a customer whose identity was signed. */
export interface Contact {
  id: Id;
  name: string | null;
  email: string | null;
  phone: string | null;
  user_id: string | null;
  attributes: Record<string, string | number | boolean | null>;
  created_at: Instant;
}

/** Snapshot for an operator: all open conversations (at most 2,000, newest need first) with their contacts, all operators, all sites, and the last page of the transcripts that `hello` named. */
export interface OperatorState {
  conversations: Conversation[];
  contacts: Contact[];
  operators: Operator[];
  sites: Site[];
  messages: Message[];
  open_count: number;
}

/** A conversation as operators see it. Watermarks are the highest `seq` that a side was delivered or has read. */
export interface Conversation {
  id: Id;
  number: number;
  site_id: Id;
  contact_id: Id;
  visitor_id: Id;
  status: Status;
  assignee_id: Id | null;
  last_seq: number;
  last_line: LastLine | null;
  created_at: Instant;
  queued_at: Instant | null;
  assigned_at: Instant | null;
  first_visitor_message_at: Instant | null;
  first_operator_reply_at: Instant | null;
  waiting_since: Instant | null;
  closed_at: Instant | null;
  closed_by: AuthorKind | null;
  visitor_delivered_seq: number;
  visitor_read_seq: number;
  operator_delivered_seq: number;
  operator_read_seq: number;
  unread_count: number;
  rating: number | null;
  rating_comment: string | null;
  language: string | null;
  started_on: Page | null;
}

/** The newest text or note of a conversation, cut to 160 characters, for a row of a list. */
export interface LastLine {
  seq: number;
  kind: MessageKind;
  author_kind: AuthorKind;
  text: string;
  at: Instant;
}

/** An operator as colleagues see them. */
export interface Operator {
  id: Id;
  name: string;
  email: string;
  role: Role;
  photo_url: string | null;
  availability: Availability;
  is_disabled: boolean;
  language: string;
  created_at: Instant;
}

/** A website the widget runs on. `key` is public: it stands in the tag. */
export interface Site {
  id: Id;
  key: string;
  name: string;
  settings: SiteSettings;
  created_at: Instant;
}

/** What an owner sets for a site. The greeting is a text by language; a missing language falls back to the first. */
export interface SiteSettings {
  colour: string;
  position: LauncherSide;
  languages: string[];
  greeting: Record<string, string>;
  allowed_origins: string[];
  is_signed_identity_required: boolean;
}

/** A recorded event with the rows that it touched, as they are now. `removed` names conversations that left this stream. A client that knows nothing of the event's type still puts the rows in place of those it has. */
export interface Delivery {
  type: "event";
  offset: number;
  event: ConversationCreated | MessageSent | ReceiptAdvanced | ConversationAssigned | ConversationUnassigned | ConversationClosed | ConversationReopened | ConversationRated | ConversationMoved | ConversationErased | ContactCreated | ContactIdentified | ContactUpdated | ContactErased | OrderReported | OperatorJoined | OperatorUpdated | OperatorAvailabilityChanged | OperatorDisabled | OperatorEnabled | SiteCreated | SiteUpdated | LinkCreated | LinkUsed | SessionStarted | SessionEnded | PasswordChanged | SiteSecretCreated | SiteSecretRevoked | ApiTokenCreated | ApiTokenRevoked | WebhookCreated | WebhookUpdated | WebhookDeleted;
  conversations?: Conversation[];
  visitor_conversations?: VisitorConversation[];
  messages?: Message[];
  contacts?: Contact[];
  operators?: Operator[];
  public_operators?: PublicOperator[];
  sites?: Site[];
  removed?: Id[];
}

/** A visitor's first message opened a conversation; it stands in the queue. */
export interface ConversationCreated {
  type: "conversation.created";
  conversation_id: Id;
  contact_id: Id;
  site_id: Id;
}

/** A message, note or system line was appended to a transcript. */
export interface MessageSent {
  type: "message.sent";
  conversation_id: Id;
  contact_id: Id;
  site_id: Id;
  seq: number;
  kind: MessageKind;
  author_kind: AuthorKind;
  operator_id: Id | null;
}

/** One side's client acknowledged (`delivered_seq`) or showed (`read_seq`) messages of the other. */
export interface ReceiptAdvanced {
  type: "receipt.advanced";
  conversation_id: Id;
  contact_id: Id;
  site_id: Id;
  side: Side;
  delivered_seq: number;
  read_seq: number;
}

/** An operator holds the conversation now; `previous_operator_id` held it before. */
export interface ConversationAssigned {
  type: "conversation.assigned";
  conversation_id: Id;
  contact_id: Id;
  site_id: Id;
  operator_id: Id;
  previous_operator_id: Id | null;
}

/** The conversation went back to the queue. */
export interface ConversationUnassigned {
  type: "conversation.unassigned";
  conversation_id: Id;
  contact_id: Id;
  site_id: Id;
  previous_operator_id: Id;
}

/** One side ended the conversation. */
export interface ConversationClosed {
  type: "conversation.closed";
  conversation_id: Id;
  contact_id: Id;
  site_id: Id;
  by: AuthorKind;
  operator_id: Id | null;
}

/** A closed conversation goes on: the visitor wrote again, or an operator reopened it. */
export interface ConversationReopened {
  type: "conversation.reopened";
  conversation_id: Id;
  contact_id: Id;
  site_id: Id;
  by: AuthorKind;
  operator_id: Id | null;
}

/** The visitor rated the conversation, 1 (bad) to 5 (good). */
export interface ConversationRated {
  type: "conversation.rated";
  conversation_id: Id;
  contact_id: Id;
  site_id: Id;
  score: number;
}

/** The conversation belongs to another contact now, because its visitor was identified: it leaves the stream of `previous_contact_id` and enters that of `contact_id`. */
export interface ConversationMoved {
  type: "conversation.moved";
  conversation_id: Id;
  contact_id: Id;
  site_id: Id;
  previous_contact_id: Id;
}

/** The conversation's rows are gone for good. */
export interface ConversationErased {
  type: "conversation.erased";
  conversation_id: Id;
  contact_id: Id;
  site_id: Id;
}

/** A visitor wrote or was identified for the first time. */
export interface ContactCreated {
  type: "contact.created";
  contact_id: Id;
  site_id: Id | null;
}

/** A visitor proved by a signed identity who it is. */
export interface ContactIdentified {
  type: "contact.identified";
  contact_id: Id;
  site_id: Id | null;
  visitor_id: Id;
}

/** Name, address or attributes of a contact changed. */
export interface ContactUpdated {
  type: "contact.updated";
  contact_id: Id;
  site_id: Id | null;
}

/** Everything that klepet knew of a contact is gone. */
export interface ContactErased {
  type: "contact.erased";
  contact_id: Id;
  site_id: Id | null;
}

/** The shop reported an order of this contact. */
export interface OrderReported {
  type: "order.reported";
  contact_id: Id;
  site_id: Id | null;
  order_id: Id;
  conversation_id: Id | null;
}

/** A new operator accepted an invitation, or the owner was set up. */
export interface OperatorJoined {
  type: "operator.joined";
  operator_id: Id;
  by_operator_id: Id | null;
  role: Role;
}

/** Name, photo, role, address or language changed. */
export interface OperatorUpdated {
  type: "operator.updated";
  operator_id: Id;
  by_operator_id: Id | null;
}

/** An operator chose to accept conversations, or not. */
export interface OperatorAvailabilityChanged {
  type: "operator.availability_changed";
  operator_id: Id;
  by_operator_id: Id | null;
  availability: Availability;
}

/** The account may no longer sign in; its sessions have ended. */
export interface OperatorDisabled {
  type: "operator.disabled";
  operator_id: Id;
  by_operator_id: Id | null;
}

/** A disabled account may sign in again. */
export interface OperatorEnabled {
  type: "operator.enabled";
  operator_id: Id;
  by_operator_id: Id | null;
}

/** A site was added. */
export interface SiteCreated {
  type: "site.created";
  site_id: Id;
  by_operator_id: Id | null;
}

/** Name or settings of a site changed. */
export interface SiteUpdated {
  type: "site.updated";
  site_id: Id;
  by_operator_id: Id | null;
}

/** A one-time link was made: set-up, invitation or password reset. */
export interface LinkCreated {
  type: "link.created";
  subject_id: Id;
  by_operator_id: Id | null;
}

/** A one-time link was used up. */
export interface LinkUsed {
  type: "link.used";
  subject_id: Id;
  by_operator_id: Id | null;
}

/** An operator signed in. `subject_id` is the operator. */
export interface SessionStarted {
  type: "session.started";
  subject_id: Id;
  by_operator_id: Id | null;
}

/** One or all sessions of an operator ended. `subject_id` is the operator. */
export interface SessionEnded {
  type: "session.ended";
  subject_id: Id;
  by_operator_id: Id | null;
}

/** An operator has a new password. `subject_id` is the operator. */
export interface PasswordChanged {
  type: "password.changed";
  subject_id: Id;
  by_operator_id: Id | null;
}

/** A new identity secret of a site. `subject_id` is the key id's row. */
export interface SiteSecretCreated {
  type: "site_secret.created";
  subject_id: Id;
  by_operator_id: Id | null;
}

/** An identity secret no longer counts. */
export interface SiteSecretRevoked {
  type: "site_secret.revoked";
  subject_id: Id;
  by_operator_id: Id | null;
}

/** An API token was made. */
export interface ApiTokenCreated {
  type: "api_token.created";
  subject_id: Id;
  by_operator_id: Id | null;
}

/** An API token no longer counts. */
export interface ApiTokenRevoked {
  type: "api_token.revoked";
  subject_id: Id;
  by_operator_id: Id | null;
}

/** A webhook was added. */
export interface WebhookCreated {
  type: "webhook.created";
  subject_id: Id;
  by_operator_id: Id | null;
}

/** A webhook's address, events or switch changed. */
export interface WebhookUpdated {
  type: "webhook.updated";
  subject_id: Id;
  by_operator_id: Id | null;
}

/** A webhook was removed. */
export interface WebhookDeleted {
  type: "webhook.deleted";
  subject_id: Id;
  by_operator_id: Id | null;
}

/** The command is stored, on disk. For messages with the place where the message stands. */
export interface Ack {
  type: "ack";
  client_id: string;
  conversation_id: Id | null;
  seq: number | null;
}

/** The command was not done and nothing was stored. With `retry_after_seconds` send the same command again; until then the messages sent after it on this connection are refused too, so that order holds. Without a `client_id` it was no command: `hello` was refused, and the connection closes, or a frame could not be read. */
export interface Refused {
  type: "refused";
  error: Problem;
  client_id: string | null;
}

/** An error as it is answered over REST (`{"error": {...}}`) and in `refused` frames. `code` is stable and for programs; `message` is one English sentence for developers; `field` names the offending input; `limit` is the limit it broke; `retry_after_seconds` is there when the same request may succeed later; `request_id` finds the lines of the log where klepet itself failed. */
export interface Problem {
  code: string;
  message: string;
  field?: string;
  limit?: number | string;
  retry_after_seconds?: number;
  request_id?: string;
}

/** Signal: the other side, or a colleague, types. Lapses after 8 seconds. */
export interface Typing {
  type: "typing";
  conversation_id: Id;
  author_kind: AuthorKind;
  is_typing: boolean;
  operator_id: Id | null;
}

/** Signal to operators: a visitor came, moved to another page, or left. */
export interface VisitorPresence {
  type: "visitor_presence";
  visitor_id: Id;
  contact_id: Id;
  is_online: boolean;
  page: Page | null;
}

/** Signal to operators: a colleague's console connected or left. */
export interface OperatorPresence {
  type: "operator_presence";
  operator_id: Id;
  is_online: boolean;
}

/** Signal to visitors: somebody is there to answer now, or nobody is. */
export interface Accepting {
  type: "accepting";
  is_accepting: boolean;
}

/** I am here. `offset` is the newest event sent to this connection: a client that holds less has a gap and reconnects. */
export interface Pong {
  type: "pong";
  offset: number;
}

/** A browser on a site, for the panel beside a conversation. `page` is where it is now, if it is online. */
export interface Visitor {
  id: Id;
  contact_id: Id;
  is_online: boolean;
  page: Page | null;
  referrer: string | null;
  browser: Browser | null;
  language: string | null;
  time_zone: string | null;
  visit_count: number;
  first_seen_at: Instant;
  last_seen_at: Instant;
}

/** What a visitor's browser says of itself. */
export interface Browser {
  name: string;
  system: string;
  device: string;
}

/** A stored order. */
export interface Order {
  id: Id;
  site_id: Id;
  contact_id: Id;
  conversation_id: Id | null;
  external_id: string;
  value: string;
  currency: string;
  items: OrderItem[];
  created_at: Instant;
}

export type VisitorFrame =
  | Hello
  | SendMessage
  | AdvanceReceipt
  | SetTyping
  | Ping
  | EndConversation
  | RateConversation
  | SetContact
  | ReportOrder
  | TrackEvent
  | ShowPage;

export type OperatorFrame =
  | Hello
  | SendMessage
  | AdvanceReceipt
  | SetTyping
  | Ping;

export type ServerFrame =
  | Welcome
  | Delivery
  | Ack
  | Refused
  | Typing
  | VisitorPresence
  | OperatorPresence
  | Accepting
  | Pong;

export type AnyEvent =
  | ConversationCreated
  | MessageSent
  | ReceiptAdvanced
  | ConversationAssigned
  | ConversationUnassigned
  | ConversationClosed
  | ConversationReopened
  | ConversationRated
  | ConversationMoved
  | ConversationErased
  | ContactCreated
  | ContactIdentified
  | ContactUpdated
  | ContactErased
  | OrderReported
  | OperatorJoined
  | OperatorUpdated
  | OperatorAvailabilityChanged
  | OperatorDisabled
  | OperatorEnabled
  | SiteCreated
  | SiteUpdated
  | LinkCreated
  | LinkUsed
  | SessionStarted
  | SessionEnded
  | PasswordChanged
  | SiteSecretCreated
  | SiteSecretRevoked
  | ApiTokenCreated
  | ApiTokenRevoked
  | WebhookCreated
  | WebhookUpdated
  | WebhookDeleted;
