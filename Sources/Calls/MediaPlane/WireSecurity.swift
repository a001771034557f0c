import SRTP

/// The keys of one SRTP call: ours for what is sent, the far end's for what arrives.
package struct WireSecurity: Hashable, Sendable {
    package var profile: ProtectionProfile
    package var sendKey: MasterKey
    package var receiveKey: MasterKey

    package init(profile: ProtectionProfile, sendKey: MasterKey, receiveKey: MasterKey) {
        self.profile = profile
        self.sendKey = sendKey
        self.receiveKey = receiveKey
    }
}
