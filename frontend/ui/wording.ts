/** The few sentences that the parts say by themselves; the application puts them in, in the language of its page. */
export const wording: { refusal: (validity: ValidityState) => string } = { refusal: () => "" };
