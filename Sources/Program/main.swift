import ArbdMain

await ArbdProgram.main()
