import ArbdFramework
import ArbdMain
import NewvenueAdapter

await ArbdProgram.main(adding: PluginSet(adapters: [NewvenueAdapter.self]))
