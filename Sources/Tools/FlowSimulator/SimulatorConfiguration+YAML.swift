import Addressing
import Foundation
import SDP
import Timekeeping

extension SimulatorConfiguration {
    /// Reads `edge`, `misbehave` and `flow` from a YAML file.
    package init(file: String, promptsDirectory: String) throws(SimulatorError) {
        let text: String
        do {
            text = try String(contentsOfFile: file, encoding: .utf8)
        } catch {
            throw .fileUnreadable(path: file, reason: error.localizedDescription)
        }
        try self.init(yaml: text, file: file, promptsDirectory: promptsDirectory)
    }

    /// - Parameter file: The name that complaints carry.
    package init(yaml text: String, file: String, promptsDirectory: String) throws(SimulatorError) {
        let document = try YAMLSetting.document(text, file: file)
        let entries = try document.entries(known: ["edge", "misbehave", "flow"])
        guard let flow = entries["flow"] else { throw document.complaint("the key flow is missing") }
        self.init(flow: try Flow(flow), promptsDirectory: promptsDirectory)
        if let edge = entries["edge"] { self.edge = try EdgeConfiguration(edge) }
        if let misbehave = entries["misbehave"] { try self.misbehaviour.read(misbehave) }
    }
}

extension EdgeConfiguration {
    init(_ setting: YAMLSetting) throws(SimulatorError) {
        let entries = try setting.entries(known: [
            "address", "listen", "mediaPorts", "account", "exophones", "mode", "srtpSuites", "ringing",
            "callsPerMinute", "callsMax", "callDurationMax", "recordingMax",
        ])
        if let address = entries["address"] { self.address = try Self.address(address) }
        if let listen = entries["listen"] { self.listeners = try Self.listeners(listen) }
        if let ports = entries["mediaPorts"] { self.mediaPorts = try Self.ports(ports) }
        if let account = entries["account"] { self.account = try Self.accountName(account) }
        if let exophones = entries["exophones"] { self.exophones = try Self.numbers(exophones) }
        if let mode = entries["mode"] { self.mode = try mode.word(of: NumberMode.self) }
        if let suites = entries["srtpSuites"] { self.suites = try Self.suites(suites) }
        if let ringing = entries["ringing"] { self.ringing = try ringing.duration(in: .zero ... .seconds(180)) }
        if let rate = entries["callsPerMinute"] { self.callsPerMinute = try rate.integer(in: 1...100_000) }
        if let calls = entries["callsMax"] { self.callsMax = try calls.integer(in: 1...10_000) }
        if let longest = entries["callDurationMax"] {
            self.callDurationMax = try longest.duration(in: .seconds(1) ... .seconds(86_400))
        }
        if let longest = entries["recordingMax"] {
            self.recordingMax = try longest.duration(in: .seconds(1) ... .seconds(3_600))
        }
    }

    private static func address(_ setting: YAMLSetting) throws(SimulatorError) -> IPAddress {
        guard let address = IPAddress(try setting.text()) else { throw setting.complaint("expected an IP address") }
        return address
    }

    private static func listeners(_ setting: YAMLSetting) throws(SimulatorError) -> [SimulatorListener] {
        let known = SimulatorListener.Transport.allCases
        let entries = try setting.entries(known: known.map(\.rawValue))
        var listeners: [SimulatorListener] = []
        for transport in known {
            guard let port = entries[transport.rawValue] else { continue }
            listeners.append(SimulatorListener(transport, port: UInt16(try port.integer(in: 0...65_535))))
        }
        return listeners
    }

    private static func ports(_ setting: YAMLSetting) throws(SimulatorError) -> ClosedRange<UInt16> {
        let bounds = try setting.text().split(separator: "-").map { UInt16($0) }
        guard bounds.count == 2, let first = bounds[0], let last = bounds[1], first >= 1_024, last > first else {
            throw setting.complaint("expected a range of ports such as 28000-32767")
        }
        return first...last
    }

    private static func accountName(_ setting: YAMLSetting) throws(SimulatorError) -> String {
        let name = try setting.text()
        guard name.utf8.count <= 63, name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) }) else {
            throw setting.complaint("an account SID has letters and digits only, at most 63")
        }
        return name
    }

    private static func suites(_ setting: YAMLSetting) throws(SimulatorError) -> [CryptoSuite] {
        let suites = try setting.list().map { suite throws(SimulatorError) in try suite.word(of: CryptoSuite.self) }
        guard !suites.isEmpty else { throw setting.complaint("expected at least one suite") }
        guard suites.allSatisfy(ForeignSRTP.speaks) else {
            throw setting.complaint("libsrtp2 does not follow RFC 6188 for AES_192_CM")
        }
        return suites
    }

    private static func numbers(_ setting: YAMLSetting) throws(SimulatorError) -> [String] {
        var numbers: [String] = []
        for entry in try setting.list() {
            let number = try entry.text()
            guard HeaderRules.isE164(number) else {
                throw entry.complaint("\(number) is not E.164; write it as \"+918000000001\"")
            }
            numbers.append(number)
        }
        return numbers
    }
}
