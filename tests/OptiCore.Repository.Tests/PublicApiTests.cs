using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace OptiCore.Repository.Tests;

/// <summary>
/// The public surface of each package, one line a member, kept in tests/OptiCore.Repository.Tests/api: a change of it is seen in review.
/// </summary>
public class PublicApiTests
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    [Theory]
    [MemberData(nameof(Packages.Names), MemberType = typeof(Packages))]
    public void ThePublicApiIsTheStoredOne(string package)
    {
        string path = Path.Combine(TestKit.Reference.Repository, "tests", "OptiCore.Repository.Tests", "api", package + ".txt");
        Snapshot.Matches(path, Describe(Assembly.Load(package)), "If the change is meant, run the tests with OPTICORE_UPDATE=1 and commit the file.");
    }

    private static string Describe(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (Type type in assembly.GetExportedTypes().OrderBy(t => t.FullName, StringComparer.Ordinal))
        {
            text.Append(Kind(type)).Append(' ').Append(Name(type, full: true));
            string[] bases = [.. Bases(type).Select(b => Name(b)).Order(StringComparer.Ordinal)];
            if (bases.Length > 0)
                text.Append(" : ").AppendJoin(", ", bases);
            text.Append('\n');
            foreach (string member in type.GetMembers(Declared).Where(IsVisible).Select(Describe).Where(m => m.Length > 0).Distinct().Order(StringComparer.Ordinal))
                text.Append("    ").Append(member).Append('\n');
        }

        return text.ToString();
    }

    private static string Kind(Type type) =>
        type.IsEnum ? "enum"
        : typeof(Delegate).IsAssignableFrom(type) ? "delegate"
        : type.IsInterface ? "interface"
        : type.IsValueType ? (type.IsByRefLike ? "ref struct" : "struct")
        : type.IsAbstract && type.IsSealed ? "static class"
        : type.IsAbstract ? "abstract class"
        : type.IsSealed ? "sealed class"
        : "class";

    private static IEnumerable<Type> Bases(Type type)
    {
        if (type.IsEnum || typeof(Delegate).IsAssignableFrom(type))
            yield break;
        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType))
            yield return parent;
        foreach (Type contract in type.GetInterfaces().Where(i => i.IsVisible && i.Namespace?.StartsWith("OptiCore", StringComparison.Ordinal) == true))
            yield return contract;
    }

    private static bool IsVisible(MemberInfo member) => member switch
    {
        MethodBase method => (method.IsPublic || method.IsFamily) && !member.Name.StartsWith('<') && !(method.IsSpecialName && method is MethodInfo && !method.Name.StartsWith("op_", StringComparison.Ordinal)),
        FieldInfo field => (field.IsPublic || field.IsFamily) && !field.IsSpecialName,
        PropertyInfo property => property.GetAccessors(nonPublic: true).Any(a => a.IsPublic || a.IsFamily) && property.Name != "EqualityContract",
        EventInfo => true,
        _ => false,
    };

    private static string Describe(MemberInfo member)
    {
        bool isRecord = member.DeclaringType!.GetMethod("<Clone>$") is not null || member.DeclaringType.GetMethod("PrintMembers", Declared) is not null;
        if (isRecord && member.Name is "Equals" or "GetHashCode" or "ToString" or "PrintMembers" or "op_Equality" or "op_Inequality" or "Deconstruct")
            return "";
        return member switch
        {
            ConstructorInfo constructor => isRecord && constructor.GetParameters() is [{ ParameterType: var p }] && p == member.DeclaringType ? "" : $"new({Parameters(constructor)})",
            MethodInfo method => $"{Static(method)}{Name(method.ReturnType)} {method.Name}{Generics(method)}({Parameters(method)})",
            PropertyInfo property => $"{Static(property.GetAccessors(true)[0])}{Name(property.PropertyType)} {property.Name}{Indexer(property)} {{ {Accessors(property)} }}",
            FieldInfo field => $"{(field.IsLiteral ? "const " : field.IsStatic ? "static " : "")}{Name(field.FieldType)} {field.Name}{(field.IsLiteral ? " = " + field.GetRawConstantValue() : "")}",
            _ => member.ToString()!,
        };
    }

    private static string Static(MethodBase method) => method.IsStatic ? (method.IsAbstract ? "static abstract " : "static ") : "";

    private static string Indexer(PropertyInfo property) =>
        property.GetIndexParameters() is { Length: > 0 } parameters ? $"[{string.Join(", ", parameters.Select(p => Name(p.ParameterType)))}]" : "";

    private static string Accessors(PropertyInfo property)
    {
        var accessors = new List<string>();
        if (property.GetMethod is { IsPublic: true } or { IsFamily: true })
            accessors.Add("get;");
        if (property.SetMethod is { } set && (set.IsPublic || set.IsFamily))
            accessors.Add(set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? "init;" : "set;");
        return string.Join(' ', accessors);
    }

    private static string Generics(MethodInfo method) => method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(a => a.Name))}>" : "";

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(p =>
        $"{(p.IsOut ? "out " : p.IsIn ? "in " : p.ParameterType.IsByRef ? "ref " : "")}{Name(p.ParameterType)} {p.Name}{(p.HasDefaultValue ? " = " + (p.DefaultValue ?? "default") : "")}"));

    private static string Name(Type type, bool full = false)
    {
        if (type.IsByRef)
            return Name(type.GetElementType()!);
        if (type.IsArray)
            return Name(type.GetElementType()!) + "[]";
        if (type.IsGenericParameter)
            return type.Name;
        string prefix = full ? type.Namespace + "." : "";
        string name = type.IsNested ? Name(type.DeclaringType!) + "." + type.Name : type.Name;
        int tick = name.IndexOf('`', StringComparison.Ordinal);
        if (tick < 0)
            return prefix + name;
        return $"{prefix}{name[..tick]}<{string.Join(", ", type.GetGenericArguments().Select(a => Name(a)))}>";
    }
}
