import Foundation

extension GatewayConfigurationNode {
    /// The path of this value; relative ones begin at the directory of the configuration.
    func path(parentMustExist: Bool) throws(GatewayConfigurationError) -> String {
        let text = try self.text()
        let path = text.hasPrefix("/") ? text : "\(self.source.directory)/\(text)"
        let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
        guard !parentMustExist || Self.isDirectory(parent) else {
            throw self.complaint(
                "\(self.path): there is no directory \(Self.quoted(parent))", fix: "create it, or correct the path")
        }
        return path
    }

    /// The path of a file that is appended to, and made where it is missing.
    func appendableFile() throws(GatewayConfigurationError) -> String {
        let path = try self.path(parentMustExist: true)
        guard let reason = FileTrial.whyNotAppendable(path) else { return path }
        throw self.complaint(
            "\(self.path): nothing can be appended to \(Self.quoted(path)): \(reason)",
            fix: "name a file that this user may write, or correct the permissions")
    }

    /// The path of a directory in which files are made, and which is made itself where only its last part is missing.
    func fillableDirectory() throws(GatewayConfigurationError) -> String {
        let path = try self.path(parentMustExist: true)
        guard let reason = FileTrial.whyNotFilled(path) else { return path }
        throw self.complaint(
            "\(self.path): no file can be made in \(Self.quoted(path)): \(reason)",
            fix: "name a directory in which this user may write, or correct the permissions")
    }

    func existingDirectory() throws(GatewayConfigurationError) -> String {
        let path = try self.path(parentMustExist: false)
        guard Self.isDirectory(path) else {
            throw self.complaint(
                "\(self.path): there is no directory \(Self.quoted(path))", fix: "create it, or correct the path")
        }
        return path
    }

    func existingFile() throws(GatewayConfigurationError) -> String {
        let path = try self.path(parentMustExist: false)
        guard FileManager.default.isReadableFile(atPath: path), !Self.isDirectory(path) else {
            throw self.complaint(
                "\(self.path): there is no readable file \(Self.quoted(path))", fix: "create it, or correct the path")
        }
        return path
    }

    /// The first line of a file, without white space around it.
    func secretLine() throws(GatewayConfigurationError) -> String {
        let path = try self.existingFile()
        guard let octets = FileManager.default.contents(atPath: path), octets.count <= 4_096,
            let text = String(validating: octets, as: UTF8.self),
            let line = text.split(whereSeparator: \.isNewline).first
        else {
            throw self.complaint(
                "\(self.path): the file holds no secret", fix: "write it as one line of at most 4096 bytes")
        }
        return line.trimmingCharacters(in: .whitespaces)
    }

    /// `10000-32767`.
    func portRange() throws(GatewayConfigurationError) -> ClosedRange<UInt16> {
        let text = try self.text()
        let parts = text.split(separator: "-").map { UInt16($0) }
        guard parts.count == 2, let first = parts[0], let last = parts[1], first >= 1_024, first < last else {
            throw self.complaint(
                "\(self.path) is not a range of ports", fix: "write two ports from 1024 to 65535, such as 10000-32767")
        }
        return first...last
    }

    /// Why a file could not be read, in words.
    static func whyUnreadable(_ path: String) -> String {
        if Self.isDirectory(path) { return "it is a directory" }
        guard FileManager.default.fileExists(atPath: path) else { return "there is no such file" }
        return "this user may not read it, or it is no plain file"
    }

    static func isDirectory(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        // Safe: Foundation writes one value, within the call.
        let exists = unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
        return exists && isDirectory.boolValue
    }
}
