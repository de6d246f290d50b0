/** One form: whether it is on its way, what came of it, and which of its fields the server refused, in words. */
import { tick } from "svelte";
import { fieldOf, sentenceFor } from "../../problems.ts";
import { fieldName } from "./fields.ts";

export class Form {
  isBusy = $state(false);
  isSaved = $state(false);
  /** Something was written that is not saved yet. */
  isChanged = $state(false);
  /** What is wrong with a field, by the field's name as the server says it. */
  problems = $state.raw<Readonly<Record<string, string>>>({});
  /** What is wrong with the whole. */
  problem = $state("");

  /** `where` and the name of a field make the key of a sentence: `problem.<where>_<field>.<code>`. */
  readonly where: string;
  readonly fields: readonly string[];

  constructor(where: string, fields: readonly string[]) {
    this.where = where;
    this.fields = fields;
  }

  /** Send once. On a refusal the field that it names is marked and takes the focus. True when it was done. */
  async submit(event: SubmitEvent, send: () => Promise<void>): Promise<boolean> {
    event.preventDefault();
    if (this.isBusy) return false;
    const element = event.currentTarget instanceof HTMLFormElement ? event.currentTarget : null;
    return this.run(send, element);
  }

  async run(send: () => Promise<void>, element: HTMLElement | null = null): Promise<boolean> {
    this.isBusy = true;
    this.reset();
    try {
      await send();
      this.isSaved = true;
      this.isChanged = false;
    } catch (error) {
      const field = fieldOf(error);
      const name = field && fieldName(field);
      if (field && name && this.fields.includes(name)) this.problems = { [field]: sentenceFor(error, `${this.where}_${name}`) };
      else this.problem = sentenceFor(error, this.where);
    }
    this.isBusy = false;
    if (!this.isSaved) void this.showProblem(element);
    return this.isSaved;
  }

  /** Refuse before anything is sent. */
  refuse(field: string, sentence: string, element: HTMLElement | null = null): void {
    this.reset();
    this.problems = { [field]: sentence };
    void this.showProblem(element);
  }

  /** Somebody writes on: what was said of the last try is over. */
  clear(): void {
    this.isChanged = true;
    this.reset();
  }

  private reset(): void {
    this.isSaved = false;
    this.problems = {};
    this.problem = "";
  }

  private async showProblem(element: HTMLElement | null): Promise<void> {
    await tick();
    element?.querySelector<HTMLElement>("[aria-invalid]")?.focus();
  }
}
