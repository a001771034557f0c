import SIPSyntax
import Timekeeping

/// A 3xx with one or more Contacts instead of an answer; the call's next INVITE is let in.
package struct Redirection: Misdeed {
    package static let name = "redirect"

    /// 300...399.
    package var status = 302
    /// SIP URIs, the most wanted first.
    package var contacts: [String] = []
    /// How often one call is redirected.
    package var times = 1
    private var done = 0

    package init(to contacts: [String]) {
        self.contacts = contacts
    }

    init(_ setting: YAMLSetting) throws(SimulatorError) {
        if setting.isScalar {
            self.contacts = [try Self.uri(setting)]
            return
        }
        let entries = try setting.entries(known: ["status", "contacts", "times"])
        guard let contacts = entries["contacts"] else { throw setting.complaint("the key contacts is missing") }
        self.contacts = try contacts.list().map { contact throws(SimulatorError) in try Self.uri(contact) }
        guard (1...16).contains(self.contacts.count) else { throw contacts.complaint("expected 1 to 16 contacts") }
        if let status = entries["status"] { self.status = try status.integer(in: 300...399) }
        if let times = entries["times"] { self.times = try times.integer(in: 1...100) }
    }

    private static func uri(_ setting: YAMLSetting) throws(SimulatorError) -> String {
        let text = try setting.text()
        guard (try? URI(text))?.sip != nil else { throw setting.complaint("expected a SIP URI, not \(text)") }
        return text
    }

    package mutating func judge(_ invite: Request, in scene: MisdeedScene) -> MisdeedVerdict? {
        guard self.done < self.times, let status = StatusCode(self.status) else {
            return nil
        }
        self.done += 1
        var response = scene.dialog.response(status, to: invite)
        for (index, text) in self.contacts.enumerated() {
            guard let uri = try? URI(text) else { continue }
            var contact = NameAddress(uri: uri)
            // RFC 3261 section 20.10: q falls from 1 in steps of a tenth, and stays at 0.1.
            try? contact.parameters.set("q", index == 0 ? "1.0" : "0.\(max(1, 10 - index))")
            response.headers.add(.contact, contact)
        }
        return MisdeedVerdict(
            response: response, patience: .seconds(5),
            actions: [.did("\(self.status) to \(self.contacts.joined(separator: ", "))")])
    }
}
