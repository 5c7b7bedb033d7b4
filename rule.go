package jeton

// Rule says which parameters a refusal puts in question, for package diagnosis.
// All conditions that are given hold; of the words of one condition, one does.
type Rule struct {
	// Codes are words that the server gives as a code: the error member, a number
	// or word beside it, or a code inside the description, such as AADSTS700016.
	// The case of letters does not matter.
	Codes []string `json:"codes,omitempty"`
	// Words stand in what the server says: of each element one of the phrases
	// between the bars. A phrase is lower case, of words and single spaces; a star
	// at its end stands for any ending. What the server says is compared without
	// punctuation: client_id, clientId and "client-id" are all "client id". A phrase
	// that begins with = is all that the description, or another text, says.
	Words []string `json:"words,omitempty"`
	// Not are phrases that do not stand there.
	Not []string `json:"not,omitempty"`
	// Statuses of the reply.
	Statuses []int `json:"statuses,omitempty"`
	// When names features of the request and the answer that all hold, or do not
	// hold if ! stands before one (see package diagnosis for the names).
	When []string `json:"when,omitempty"`
	// Blame in order. In a parameter, <assertion> stands for client.assertion or
	// grant.assertion, whichever was sent, and <credential> for what the client
	// authenticates with. What was not sent is not blamed.
	Blame []Suspect `json:"blame"`
	// Source is where the rule is known from: a page of the vendor, for example.
	Source string `json:"source,omitempty"`
}

// Suspect is a parameter that a rule blames, and what is said of it.
type Suspect struct {
	Parameter Parameter `json:"parameter"`
	Problem   string    `json:"problem"`
	Fix       string    `json:"fix"`
	Proposed  string    `json:"proposed,omitempty"`
}
