// Package diag is the engine: from a target and a host's answers to one
// verdict. It looks (run.go: checks ask the host, in an order and within a
// budget), then judges (settle.go: findings and claims become one verdict,
// without any I/O).
//
//	target.go       what the user asked for; target_*.go how a text is read as that
//	spec.go         what a check declares; typed access to another check's data
//	observation.go  what came of one check
//	finding.go      what judges and rules say
//	verdict.go      what is told in the end
//	run.go          the scheduler
//	env.go          what a probe works with; choices that are recorded
//	event.go        what a run tells while it lasts
//	wait.go         what counts as late
//	spend.go        how many SYNs a run has sent to each port
//	await.go        one probe, its panic and its end
//	judge.go        asks the judges; whether the verdict stands already
//	proxied.go      which notes say nothing where only a proxy is used
//	settle.go       findings and claims → one verdict
//	weigh.go        how sure it is, by the rivals that are open
//	untried.go      what rests on mechanisms that were never tried
//	catalog/        the codes as data
//	check/          one file for each check
//	rule/           inferences across checks
//
// It never talks to an operating system, never reads the clock of the machine
// by itself, and holds no words for people.
package diag
