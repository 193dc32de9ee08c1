package text

// englishTables are the tables of the en_*.go files.
var englishTables = []map[string]string{
	callouts,
	checkWords,
	cliWords,
	interfaceWords,
	namesWords,
	needWords,
	outcomeWords,
	rejectedWords,
	stepsFar,
	stepsName,
	stepsNear,
	targetWords,
	terminalWords,
	titlesFar,
	titlesNear,
	titlesService,
	verdictsFar,
	verdictsName,
	verdictsNear,
	verdictsOK,
	verdictsService,
	sharedWords,
	windowWords,
}
