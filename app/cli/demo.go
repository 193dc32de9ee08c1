package cli

import (
	"context"
	"fmt"

	"faultline/app"
	"faultline/app/lab"
	"faultline/diag"
	"faultline/diag/catalog"
)

type demoVerb struct{}

// Run starts a service that is broken in a known way on this computer,
// diagnoses it, and succeeds when the diagnosis finds that fault.
func (demoVerb) Run(ctx context.Context, p *program) error {
	service, err := lab.PlainHTTP()
	if err != nil {
		return fmt.Errorf("starting the service: %w", err)
	}
	defer service.Close()
	if !p.grammar.Quiet && !p.grammar.JSON {
		p.print(p.words.Say("cli.demo.started", diag.Args{"target": service.URL}) + "\n\n")
	}
	target, err := diag.ParseTarget(service.URL)
	if err != nil {
		return err
	}
	jobs := p.start(ctx, []diag.Target{target}, &checkVerb{})
	watch := p.watch(p.onTheWay(jobs))
	<-jobs[0].done
	watch.stop()
	r := jobs[0].session.Report(p.words, p.Build.Version)
	if err := p.answer(r, false, false); err != nil {
		return err
	}
	p.code = p.demoCode(r, service.Code)
	return nil
}

// demoCode is 0 when the fault was found, as the diagnosis was right then.
func (p *program) demoCode(r app.Report, right catalog.Code) int {
	switch was := r.Verdict.Code; {
	case r.Canceled:
		return app.ExitCanceled
	case was == right:
		return app.ExitWorks
	default:
		fmt.Fprintln(p.Stderr, "faultline: "+p.words.Say("cli.demo.missed", diag.Args{"code": string(right), "was": string(was)}))
		return app.ExitFault
	}
}
