import SIPSyntax

/// What the peer said it can do, by its latest message that names it.
struct PeerAbilities: Hashable, Sendable {
    private(set) var takesUpdate = false
    private(set) var supportsReliableProvisionals = false
    private(set) var requiresReliableProvisionals = false

    mutating func note(_ headers: Headers) {
        if headers.contains(.allow), let allow = try? headers.allow { self.takesUpdate = allow.contains(.update) }
        if headers.contains(.supported), let supported = try? headers.supported {
            self.supportsReliableProvisionals = Self.names(.reliableProvisionals, in: supported)
        }
        if let required = try? headers.require, Self.names(.reliableProvisionals, in: required) {
            self.requiresReliableProvisionals = true
        }
    }

    private static func names(_ tag: Token, in list: [Token]) -> Bool {
        list.contains { $0.text.lowercased() == tag.text }
    }
}
