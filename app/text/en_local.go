package text

// localWords: what this computer itself holds, and what it has none left of.
var localWords = map[string]string{
	"verdict.listener.wrong-address":        "A program on this computer listens only at {listens}, so connections to {address} are refused.",
	"verdict.listener.wrong-address.named":  "{program} on this computer listens only at {listens}, so connections to {address} are refused.",
	"verdict.listener.backlog-full":         "A program on this computer listens at {listens} and does not take the connections that wait for it. Its queue is full ({n} waiting), so the system drops new ones.",
	"verdict.listener.backlog-full.named":   "{program} on this computer listens at {listens} and does not take the connections that wait for it. Its queue is full ({n} waiting), so the system drops new ones.",
	"verdict.local.ports-exhausted":         "This computer has no free port left to connect to {address} from.",
	"verdict.local.ports-exhausted.counted": "This computer has no free port left to connect to {address} from: {n} of the ports from {low} to {high} are in use.",
	"verdict.local.files-exhausted":         "File handles are used up on this computer, so connections cannot be made or taken.",
	"verdict.local.files-exhausted.own":     "This program may not open any more files or connections: its limit of {limit} file handles is reached. What was started in the same way has the same limit.",
	"verdict.local.files-exhausted.program": "{program} on this computer has reached its limit of {limit} file handles, so it cannot take the connections that wait for it.",
	"verdict.local.files-exhausted.system":  "This computer has reached its limit of {limit} open files, so programs cannot make or take connections.",
	"verdict.local.close-wait-leak":         "A program on this computer keeps {n} connections that the other side has closed, and has nothing left for new ones to {address}.",
	"verdict.local.close-wait-leak.named":   "{program} on this computer keeps {n} connections that the other side has closed, and has nothing left for new ones to {address}.",

	"verdict.tcp.flaky":      "{host} takes some connections and leaves others without an answer: {n} of {of} attempts got through. One of several machines behind {address} may be down, or the service does not keep up.",
	"callout.tcp.flaky":      "Only some attempts get through",
	"step.machines.compare":  "See whether one of several machines behind {address} does not answer, or whether the service takes connections too slowly.",
	"check.tcp.again":        "Further attempts at a port that was slow",
	"check.tcp.again.steady": "all further attempts got through; {n} in all",
	"check.tcp.again.some":   "{n} of {of} got through",
	"skip.steady":            "The port answered at once.",
	"need.loss-control.why":  "Nothing of the target answers by itself, so that loss on the way could not be told apart.",
	"need.loss-control.how":  "Let the target answer ping for the length of a check, or record packets on it.",
	"rejected.loss.free.yes": "Other packets to the target all come through.",

	"callout.listener.wrong-address": "Listens only at {listens}",
	"callout.listener.backlog-full":  "The program takes no more connections",
	"callout.local.ports-exhausted":  "No free port left to connect from",
	"callout.local.files-exhausted":  "No file handle left",
	"callout.local.close-wait-leak":  "Closed connections are never let go",

	"step.address.listens":   "Use the address at which it listens: {listens}.",
	"step.program.bind":      "Let the program listen at {address} too, or at every address of the computer.",
	"step.program.restart":   "Restart the program that holds the connections, if you may.",
	"step.program.hangs":     "Find out why the program takes no connections: whether it hangs, waits for something else, or is overloaded.",
	"step.program.leak":      "Correct the program: it has to close a connection once the other side has.",
	"step.connections.close": "Close programs that hold many connections, and wait two minutes.",
	"step.ports.who":         "See which program uses up the ports, and give the system a wider range if it needs so many.",
	"step.files.limit":       "See what is kept open, and raise the limit of open files if the program needs so many.",

	"check.sockets.local":       "What listens on this computer",
	"check.sockets.local.none":  "nothing listens on the port",
	"check.sockets.local.some":  "listens: {addresses}",
	"check.sockets.local.full":  "{address} listens, and its queue is full ({n} waiting)",
	"check.sockets.ports":       "Ports to connect from",
	"check.sockets.ports.short": "none left between {low} and {high}; {n} in use",
	"check.sockets.ports.left":  "some left between {low} and {high}; {n} in use",
	"check.files.read":          "File handles of this program",
	"check.files.read.use":      "{n} of {of} in use",

	"need.programs.why": "The programs of other users could not be looked into.",
	"need.programs.how": "Run the check again as administrator.",

	"rejected.shortage.seen.yes": "The program, or this computer, has nothing left for further connections.",

	"skip.far-target":  "The target is another computer.",
	"skip.no-shortage": "The system had a port for every connection.",

	"arg.problem.no-local-address": "no free local address or port",
	"arg.problem.no-files":         "no file handle left",
}
