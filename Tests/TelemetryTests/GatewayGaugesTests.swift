import JSON
import Telemetry
import Testing

@Suite struct GatewayGaugesTests {
    /// Everything that a call holds keeps the gateway from being idle; a connection kept for reuse does not.
    @Test func whatACallHoldsIsNotIdle() {
        let held: [WritableKeyPath<GatewayGauges, Int>] = [
            \.calls, \.callsWaiting, \.dialogs, \.transactions, \.sessions, \.mediaSessions, \.portPairs, \.sockets,
            \.bots, \.botProcesses, \.recordings, \.halfOpenCalls,
        ]
        for gauge in held {
            var gauges = GatewayGauges()
            gauges.connections = 3
            #expect(gauges.isIdle)
            gauges[keyPath: gauge] = 1
            #expect(!gauges.isIdle)
        }
    }

    @Test func figuresAreWrittenInTheirUnits() {
        var gauges = GatewayGauges()
        gauges.calls = 7
        gauges.pacingP99 = .microseconds(1_234)
        #expect(gauges.json["calls"]?.asInt == 7)
        #expect(gauges.json["pacing_p99_us"]?.asInt == 1_234)
    }
}
