package jeton

// report collects findings while a connection is looked at, and which kind of
// failure they make.
type report struct {
	findings []Finding
	// failed is the category of the failing findings: document_invalid outranks
	// the key categories, because a document that is wrong says nothing about its key.
	failed Category
}

func (r *report) add(f Finding) { r.findings = append(r.findings, f) }

func (r *report) warn(p Parameter, problem, fix string) {
	r.add(Finding{Parameter: p, Problem: problem, Fix: fix, Certain: true, Warning: true})
}

// remark is a warning about what no server can refuse.
func (r *report) remark(p Parameter, problem, fix string) {
	r.add(Finding{Parameter: p, Problem: problem, Fix: fix, Certain: true, Warning: true, Remark: true})
}

func (r *report) fail(p Parameter, problem, fix string) {
	r.failWith(DocumentInvalid, Finding{Parameter: p, Problem: problem, Fix: fix, Certain: true})
}

func (r *report) failWith(category Category, findings ...Finding) {
	if r.failed == "" || category == DocumentInvalid {
		r.failed = category
	}
	r.findings = append(r.findings, findings...)
}

// failError takes over the findings of an error.
func (r *report) failError(err *Error) { r.failWith(err.category, err.Findings...) }

// require fails unless ok.
func (r *report) require(p Parameter, ok bool, problem string) {
	if !ok {
		r.fail(p, problem, "write "+string(p))
	}
}

// err is the error that the failing findings make; nil if there are only warnings.
func (r *report) err() *Error {
	if r.failed == "" {
		return nil
	}
	stage := StageConfig
	if r.failed == KeyUnusable || r.failed == KeyExpired {
		stage = StageKey
	}
	failing := make([]Finding, 0, len(r.findings))
	for _, f := range r.findings {
		if !f.Warning {
			failing = append(failing, f)
		}
	}
	problem := "the connection document is invalid"
	if stage == StageKey {
		problem = "a key or secret cannot be used"
	}
	return NewError(r.failed, stage, problem, failing...)
}
