package jeton

// Parameter is the path of a field in the connection document, for example
// "grant.assertion.audience". It is the one name of that parameter in YAML,
// JSON, flags, findings and the audit log. Beside the document there are only
// clock, consent, egress and vendor.
type Parameter string

// Finding says which parameter needs correction, why, and how.
type Finding struct {
	// Parameter to correct.
	Parameter Parameter `json:"parameter"`
	// Problem in words.
	Problem string `json:"problem"`
	// Fix says what to do.
	Fix string `json:"fix"`
	// Proposed value, where one is known.
	Proposed string `json:"proposed"`
	// Evidence quoted from the document or the reply; redacted, at most 500 characters.
	Evidence string `json:"evidence"`
	// Certain is false for a suspicion.
	Certain bool `json:"certain"`
	// Warning: the token request can be made all the same.
	Warning bool `json:"warning,omitempty"`
	// Remark: a warning that cannot be the reason of a refusal, such as a certificate that ends soon.
	Remark bool `json:"-"`
}
