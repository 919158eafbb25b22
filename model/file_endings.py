"""What names of files end in: tells a file's name from a domain's."""

from __future__ import annotations

from typing import Final

FILE_ENDINGS: Final = frozenset(
    (
        "7z", "apk", "app", "asp", "aspx", "avi", "bak", "bat", "bin", "bmp", "c", "cab", "cer", "cfg", "chm",
        "class", "cmd", "conf", "cpl", "cpp", "crt", "cs", "csv", "dat", "db", "deb", "dll", "dmg", "doc",
        "docm", "docx", "dot", "dotm", "drv", "dylib", "efi", "elf", "eml", "exe", "gif", "go", "gz", "h",
        "hta", "htm", "html", "ico", "img", "inf", "ini", "ipa", "iso", "jar", "java", "job", "jpeg", "jpg",
        "js", "jse", "json", "jsp", "jspx", "key", "lnk", "log", "md", "mht", "mov", "mp3", "mp4", "msg",
        "msi", "msp", "ocx", "one", "ovpn", "p12", "pdf", "pem", "pfx", "php", "pkg", "pl", "png", "ppt",
        "pptm", "pptx", "ps", "ps1", "psm1", "py", "pyc", "rar", "rb", "rdp", "reg", "rpm", "rs", "rtf",
        "scr", "sh", "so", "sqlite", "svg", "swf", "sys", "tar", "tgz", "tmp", "txt", "vbe", "vbs", "vhd",
        "wav", "wsf", "xll", "xls", "xlsb", "xlsm", "xlsx", "xml", "yaml", "yml", "zip",
    )
)  # fmt: skip
"""Endings of programs, scripts, documents, archives, pictures and keys that alerts show, without the dot. `com` is
not among them: it is a domain's far more often. Our choice."""
