package diagnosis

import "github.com/jeton-oauth/jeton"

const (
	obieErrors = "https://openbankinguk.github.io/read-write-api-site3/v3.1.10/references/namespaced-enumerations.html#obexternalstatusreason1code"
	cdrErrors  = "https://consumerdatastandardsaustralia.github.io/standards/#error-codes"
)

// financeRules are refusals of open banking: codes of the United Kingdom
// (UK.OBIE...) and of the Consumer Data Right (urn:au-cds:error:cds-all:...).
// Almost all come from the APIs, to a token.
var financeRules = []jeton.Rule{
	{Words: []string{"uk obie header missing|uk obie header invalid"}, Blame: []jeton.Suspect{
		{Parameter: "usage.headers", Problem: "a header of the API is missing or not valid", Fix: "write usage.headers: {x-fapi-interaction-id: ..., x-fapi-financial-id: ...} as the bank documents it"},
	}, Source: obieErrors},
	{Words: []string{"uk obie reauthenticate|uk obie resource invalid consent status|uk obie resource consent mismatch|uk obie consent*"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "the consent of the customer is missing, revoked or expired, or does not cover this call", Fix: "let the customer consent again"},
	}, Source: obieErrors},
	{Words: []string{"uk obie signature*"}, Blame: []jeton.Suspect{
		{Parameter: "usage.headers", Problem: "the message signature (x-jws-signature) is missing or does not verify", Fix: "sign the body of the API request: this is beside the token"},
		{Parameter: "vendor", Problem: "the signing certificate may not be in the directory", Fix: "register it in the directory"},
	}, Source: obieErrors},
	{Words: []string{"au cds error", "adr status not active|software product status not active|data recipient status not active"}, Blame: []jeton.Suspect{
		{Parameter: "vendor", Problem: "the accreditation or the software product is not active in the Register", Fix: "ask the Register about the status; holders read it every few minutes"},
	}, Source: cdrErrors},
	{Words: []string{"au cds error", "consent*|arrangement*"}, Blame: []jeton.Suspect{
		{Parameter: "consent", Problem: "the consent or arrangement is unknown, expired or revoked", Fix: "let the consumer consent again"},
	}, Source: cdrErrors},
	{Words: []string{"au cds error", "header*|unsupported version|invalid version"}, Blame: []jeton.Suspect{
		{Parameter: "usage.headers.x-v", Problem: "a header of the API is missing or not valid, the version as a rule", Fix: "write usage.headers: {x-v: \"1\", ...} with a version that the holder supports"},
	}, Source: cdrErrors},
}
